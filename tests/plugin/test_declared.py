"""A provider from a TOML file: what the file says is what is run."""

from pathlib import Path
from typing import Any

import pytest
from msgspec import UNSET

from gateway import (
    Command,
    Exit,
    Failed,
    Finished,
    Installed,
    InvalidRequest,
    Launch,
    Login,
    Message,
    Noise,
    Outcome,
    Reading,
    Refused,
    Resume,
    Risk,
    Started,
    TempFile,
    TextDelta,
    Thinking,
    ToolUsed,
    Usage,
    UsageReported,
    Warned,
)
from gateway.plugin.discovery import declarations
from gateway.plugin.manager import Plugins, load
from gateway.plugin.provider import Provider
from gateway.rules.arguments import accept

JSON = '[output]\nformat = "json"\n[[output.read]]\ntext = "a"\n'
LAUNCH = Launch(args=())


class Folder:
    """The folder in which a user declares providers."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, text: str, name: str = "acme") -> Path:
        file = self.path / f"{name}.toml"
        file.write_text(text)
        return file

    def load(self, only: list[str] | None = None) -> Plugins:
        return load(only, [], declarations(str(self.path)))

    def one(self, text: str) -> Provider:
        """The provider of a file that begins with its executable."""
        self.write(f'executable = "acme"\n{text}')
        plugins = self.load()
        assert plugins.findings == ()
        return plugins.providers["acme"]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def launched(provider: Provider, resume: Resume | None = None, allowed: Any = None, **asked: Any) -> Launch:
    request, _ = accept({"prompt": "hi", **asked}, provider.info.request)
    return provider.launch(request, resume or Resume(), "hi", allowed, (), Installed())


def judged(provider: Provider, returncode: int = 0, stderr: str = "", **told: Any) -> tuple[str, str | None]:
    exit = Exit(returncode=returncode, stderr_tail=stderr)
    request, _ = accept({"prompt": "hi"}, provider.info.request)
    outcome = provider.judge(request, Resume(), Outcome(ending="ok", exit=exit, **told), exit)
    return outcome.ending, outcome.error


# the folder


def test_each_file_is_a_provider_and_where_there_is_no_folder_there_is_none(folder: Folder) -> None:
    folder.write('executable = "acme"')
    folder.write('executable = "zeta"', "zeta")
    folder.write("not read", ".hidden")
    (folder.path / "notes.txt").write_text("not read")
    (folder.path / "dir.toml").mkdir()
    folder.path.joinpath(".hidden.toml").unlink()
    assert list(folder.load().providers) == ["acme", "zeta"]
    assert declarations(str(folder.path / "nowhere")) == {}


def test_a_file_can_be_named_by_its_name_or_its_path(folder: Folder) -> None:
    path = str(folder.write('executable = "acme"'))
    assert [list(folder.load([name]).providers) for name in ("acme", path)] == [["acme"], ["acme"]]
    assert folder.load([]).providers == {}


def test_a_file_is_listed_with_its_path(folder: Folder) -> None:
    path = folder.write('executable = "acme"')
    (loaded,) = folder.load().loaded
    assert (loaded.name, loaded.module, loaded.provider) == ("acme", str(path), "acme")


def test_an_installed_plugin_keeps_its_name(folder: Folder, site: Any) -> None:
    site.install("acme")
    path = folder.write('executable = "acme"')
    plugins = load(None, [str(site.folder)], declarations(str(folder.path)))
    assert [(each.name, each.module) for each in plugins.loaded] == [("acme", "site_acme")]
    (finding,) = plugins.findings
    assert (finding.subject, finding.message) == (
        f"plugin {path}",
        f"The plugin '{path}' failed in gateway_provider: there is already a provider called 'acme'",
    )


WRONG = {
    'executable = "a"\n\n[output]\nformt = "text"': ", line 4, key `output.formt`: there is no such key.",
    "title = 'A'": ": Object missing required field `executable`.",
    "executable = 'a'\noops\n": " is no TOML: Expected '=' after a key in a key/value pair (at line 2, column 5).",
    "executable = 'a'\n[prompt]\nflag = '-f'": (
        ", line 2, key `prompt`: flag goes with transport = 'file'; put other arguments into `arguments`."
    ),
    "executable = 'a'\n[resume]\nid = ['--resume']": (
        ", line 2, key `resume`: `id` does not say where the id goes: write {session} there."
    ),
    "executable = 'a'\n[output]\nformat = 'json'": (
        ", line 2, key `output`: no [[output.read]] says where the `text` is."
    ),
    "executable = 'a'\n[output]\nformat = 'ndjson'\n[[output.read]]\ntext = 't'": (
        ", line 2, key `output`: no [[output.read]] has `finished = true`: half an answer would pass for a whole one."
    ),
    "executable = 'a'\n[[output.read]]\ntext = 't'": (
        ", line 2, key `output`: there is nothing to read in plain text: set format = 'json' or 'ndjson'."
    ),
    "executable = 'a'\n[parameters.prompt]\nflag = '-p'": (
        ", key `parameters.prompt`: every provider has a parameter of this name."
    ),
    "executable = 'a'\nsecrets = ['[']": (
        ": `secrets`: '[' is no regular expression: unterminated character set at position 0."
    ),
    "executable = 'a'\n[endings]\nok = ['x']": ": `endings` tells how runs fail: neither ok nor empty is one.",
}


@pytest.mark.parametrize(("text", "problem"), WRONG.items())
def test_a_file_that_is_wrong_is_quarantined_alone(folder: Folder, text: str, problem: str) -> None:
    path = folder.write(text, "broken")
    folder.write('executable = "acme"')
    plugins = folder.load()
    assert list(plugins.providers) == ["acme"]
    (finding,) = plugins.findings
    assert (finding.subject, finding.message, finding.detail) == ("plugin broken", f"{path}{problem}", "")


@pytest.mark.parametrize("name", ["Acme", "my-cli", "1st"])
def test_a_file_needs_the_name_of_a_provider(folder: Folder, name: str) -> None:
    folder.write('executable = "acme"', name)
    (finding,) = folder.load().findings
    assert f"{name!r} cannot be the name of a provider" in finding.message


def test_a_file_that_is_no_text_is_quarantined(folder: Folder) -> None:
    (folder.path / "acme.toml").write_bytes(b"\xff\xfe")
    (finding,) = folder.load().findings
    assert "acme.toml cannot be read: 'utf-8' codec can't decode" in finding.message


def test_a_file_that_is_too_large_is_quarantined_and_not_cut(folder: Folder) -> None:
    folder.write('executable = "acme"\n' + "#" * 1024 * 1024)
    (finding,) = folder.load().findings
    assert finding.message.endswith("acme.toml is larger than 1048576 bytes.")


# what is run


def test_one_line_is_enough_for_a_cli_that_reads_and_prints_text(folder: Folder) -> None:
    provider = folder.one("")
    assert launched(provider) == Launch(args=(), stdin=b"hi", framing="document")
    assert provider.decode([b" hello\n"], LAUNCH) == [Message("hello")]
    assert provider.info.title == "Acme"
    assert provider.info.capabilities.plain


def test_arguments_stand_in_their_order(folder: Folder) -> None:
    provider = folder.one(
        'arguments = ["run", "--json"]\n[parameters.model]\nflag = "--model"\nstyle = "equals"\n'
        '[parameters.effort]\nflag = "--effort"\nchoices = ["low", "high"]\n'
        '[parameters.tools]\nflag = "--tool"\ntype = "list"\n[parameters.loud]\nflag = "-l"\ntype = "switch"\n'
        '[parameters.heat]\nflag = "--heat"\ntype = "number"\n'
        '[resume]\nid = ["--resume", "{session}"]\n[prompt]\ntransport = "file"\nflag = "--prompt="\n'
    )
    assert launched(
        provider, Resume("id", "s1"), model="m", effort="low", tools=["a", "b"], loud=True, heat=0.5
    ) == Launch(
        args=(
            "run", "--json", "--model=m", "--effort", "low", "--tool", "a", "--tool", "b", "-l", "--heat", "0.5",
            "--resume", "s1", TempFile("prompt.txt", b"hi", "--prompt="),
        ),
        framing="document",
    )  # fmt: skip
    assert set(provider.info.base_flags) == {"--json", "--resume", "--prompt"}


def test_a_value_that_is_not_among_the_choices_is_refused(folder: Folder) -> None:
    provider = folder.one('[parameters.effort]\nflag = "--effort"\nchoices = ["low"]\n')
    with pytest.raises(InvalidRequest):
        launched(provider, effort="--yolo")


def test_a_prompt_file_can_be_a_word_of_its_own(folder: Folder) -> None:
    provider = folder.one('[prompt]\ntransport = "file"\nflag = "-f"\n')
    assert launched(provider).args == ("-f", TempFile("prompt.txt", b"hi"))


def test_sessions_go_on_as_the_file_says(folder: Folder) -> None:
    provider = folder.one(
        '[resume]\nnew = ["--id={session}"]\nlatest = ["--continue"]\nid = ["--resume={session}"]'
    )
    modes = [Resume("new", "n"), Resume("new"), Resume("latest"), Resume("id", "s")]
    assert [launched(provider, mode).args for mode in modes] == [
        ("--id=n",),
        (),
        ("--continue",),
        ("--resume=s",),
    ]
    assert provider.info.capabilities.resume == {"new", "latest", "id"}
    assert provider.info.capabilities.chooses_session_id


@pytest.mark.parametrize("resume", [Resume("latest"), Resume("fork", "s"), Resume("id", "s")])
def test_what_the_file_does_not_say_cannot_be_continued(folder: Folder, resume: Resume) -> None:
    with pytest.raises(InvalidRequest, match="cannot continue a session like this"):
        launched(folder.one(""), resume)


def test_a_session_id_never_becomes_a_flag(folder: Folder) -> None:
    provider = folder.one('session_id = ".*"\n[resume]\nid = ["{session}"]')
    with pytest.raises(InvalidRequest, match="'--yolo' is no session id"):
        launched(provider, Resume("id", "--yolo"))


POSTURES = '[autonomy]\nfull = ["--yolo"]\nread_only = ["--look"]\n'


def test_a_run_is_held_to_the_widest_posture_that_is_declared_and_allowed(folder: Folder) -> None:
    provider = folder.one(POSTURES)
    asked = [{}, {"autonomy": "full"}]
    assert [
        launched(provider, allowed=allowed, **each).args
        for each in asked
        for allowed in (None, "edit", "full")
    ] == [("--look",)] * 3 + [("--yolo",), ("--look",), ("--yolo",)]


def test_the_posture_is_told_to_the_gates(folder: Folder) -> None:
    provider = folder.one(POSTURES)
    kind = provider.info.request
    assert [
        provider.risk(accept({"prompt": "x", **each}, kind)[0]) for each in ({}, {"autonomy": "full"})
    ] == [Risk("read_only"), Risk("full")]


def test_one_posture_is_no_choice(folder: Folder) -> None:
    provider = folder.one("[autonomy]\nread_only = []\n")
    assert launched(provider, allowed="read_only").args == ()
    assert "autonomy" not in provider.info.request.__struct_fields__


@pytest.mark.parametrize(("text", "allowed"), [("", "read_only"), ("[autonomy]\nfull = []\n", "edit")])
def test_a_run_that_cannot_be_held_to_its_posture_is_refused(folder: Folder, text: str, allowed: str) -> None:
    with pytest.raises(Refused, match=f"cannot be held to {allowed}"):
        launched(folder.one(text), allowed=allowed)


def test_environment_facts_and_login_come_from_the_file(folder: Folder) -> None:
    provider = folder.one(
        'env = ["ACME_*"]\nenviron = {A = "1"}\nlogin = "acme login"\nlogin_check = ["auth"]\n'
        'priced_as_of = "2026-01-01"\n[catalog]\nmodels = {m = "M"}\ndefault = "m"\n'
        '[[prices]]\nmodels = "*"\ninput_usd = 1\noutput_usd = 2\n'
    )
    assert provider.environ({}) == {"A": "1"}
    assert (provider.info.env, provider.info.catalog.default, provider.info.prices[0].output_usd) == (
        ("ACME_*",),
        "m",
        2,
    )
    probe = Command(("auth",))
    assert provider.info.login_probes == (probe,)
    seen = [Reading(found=True, text="me", returncode=status) for status in (0, 1, None)]
    assert [provider.login({probe: each}) for each in seen] == [
        Login("logged_in", "me"),
        Login("logged_out", "me"),
        Login("unknown"),
    ]


# what it prints


EVERYTHING = """
[output]
format = "ndjson"
usage_scope = "session"
[[output.read]]
when = {"a.type" = "all"}
session_id = "s"
model = "m"
thinking = "think"
tool = "tool"
delta = "d"
text = "t.*.x"
warning = "w"
input_tokens = "u.in"
cost_usd = "u.cost"
error = "e"
status = "code"
stop_reason = "why"
finished = true
"""


def test_every_key_of_a_rule_is_an_event(folder: Folder) -> None:
    line = (
        b'{"a":{"type":"all"},"s":"S","m":"M","think":"hm","tool":"T","d":"D","t":[{"x":"1"},{"x":"2"}],"w":"W",'
        b'"u":{"in":3,"cost":0.5},"e":"E","code":429,"why":"done"}'
    )
    assert folder.one(EVERYTHING).decode([line, b'{"a":{"type":"other"},"d":"D"}'], LAUNCH) == [
        Started("S", "M"),
        Thinking("hm"),
        ToolUsed("T"),
        TextDelta("D"),
        Message("12"),
        Warned("W"),
        UsageReported(Usage(input_tokens=3, cost_usd=0.5), "session"),
        Failed("E", "quota_exhausted"),
        Finished(stop_reason="done"),
    ]


def test_tokens_may_be_those_of_steps(folder: Folder) -> None:
    provider = folder.one(EVERYTHING.replace('"session"\n[', '"step"\n['))
    events = provider.decode([b'{"a":{"type":"all"},"u":{"in":3}}'], LAUNCH)
    assert UsageReported(Usage(input_tokens=3), "step") in events


def test_a_line_that_is_no_json_is_noise(folder: Folder) -> None:
    assert folder.one(EVERYTHING).decode([b"{", b"[]"], LAUNCH) == [Noise()]


def test_a_whole_document_is_the_end_of_its_run(folder: Folder) -> None:
    assert folder.one(JSON).decode([b'{"a": "hello"}'], LAUNCH) == [Message("hello"), Finished()]


@pytest.mark.parametrize(
    ("text", "told", "expected"),
    [
        ("", {"text": "a"}, ("ok", None)),
        ("", {"text": " "}, ("empty", None)),
        ("", {"text": "Error: bad", "returncode": 1}, ("provider_error", "Error: bad")),
        ("", {"text": "a", "returncode": 1, "stderr": "worse"}, ("provider_error", "worse")),
        ("", {"returncode": 3}, ("provider_error", "It ended with status 3.")),
        (JSON, {"text": "a", "finished": True}, ("ok", None)),
        (
            JSON,
            {"text": "a"},
            ("provider_error", "It ended with status 0 without saying that it had finished."),
        ),
        (JSON, {"error": "no key", "finished": True}, ("provider_error", "no key")),
        (
            '[endings]\nauth_required = ["NO KEY"]',
            {"stderr": "no key", "returncode": 1},
            ("auth_required", "no key"),
        ),
    ],
)
def test_the_ending_is_what_output_and_exit_say_together(
    folder: Folder, text: str, told: dict[str, Any], expected: tuple[str, str | None]
) -> None:
    assert judged(folder.one(text), **told) == expected


def test_a_parameter_that_is_left_out_is_not_passed(folder: Folder) -> None:
    provider = folder.one('[parameters.effort]\nflag = "--effort"\n')
    request, _ = accept({"prompt": "hi"}, provider.info.request)
    assert request.effort is UNSET
    assert launched(provider).args == ()

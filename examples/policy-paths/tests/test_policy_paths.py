"""Which requests touch a listed path, and what their callers are told."""

from pathlib import Path
from typing import Any

import pytest

from gateway import Refused, Risk, Verdict
from gateway.testing.bench import Bench
from gateway.testing.conformance.imports import stray_imports

PLUGIN = "gateway_plugin_policy_paths"
BENCH = Bench("gateway.testing.echo", PLUGIN)
LISTED = ["~/.ssh", "/etc/shadow", "*.pem", ".env", "~/My Papers/tax"]


def verdict(told: Any = None, /, **arguments: Any) -> list[Verdict]:
    table = {"paths": LISTED} if told is None else told
    return BENCH.provider.admit(BENCH.request(arguments), Risk(), {"policy-paths": table})


@pytest.mark.parametrize(
    ("prompt", "path"),
    [
        ("read ~/.ssh/config", "~/.ssh"),
        ("read $HOME/.ssh", "~/.ssh"),
        ("read ${HOME}/.ssh.", "~/.ssh"),
        ('cat "/home/ada/.ssh/id_rsa"', "~/.ssh"),
        ("cat /Users/ada/.SSH/id_rsa", "~/.ssh"),
        ("cat ../../.ssh/id_rsa", "~/.ssh"),
        ("cat .ssh/id_rsa, please", "~/.ssh"),
        ("@/etc/shadow", "/etc/shadow"),
        ("file:///etc/shadow", "/etc/shadow"),
        ("cat /etc//./shadow", "/etc/shadow"),
        ("cat /etc/cron.d/x/../../shadow", "/etc/shadow"),
        ("cat ../../etc/shadow", "/etc/shadow"),
        ("cat %2Fetc%2Fshadow", "/etc/shadow"),
        ("the file (/etc/shadow)", "/etc/shadow"),
        ("use server.pem", "*.pem"),
        ("use keys/.pem", "*.pem"),
        ("see .env", ".env"),
        ("see ./app/.env: it is short", ".env"),
        (r"see ~/My\ Papers/tax/2026", "~/My Papers/tax"),
        ("see '~/My Papers/tax'", "~/My Papers/tax"),
    ],
)
def test_a_prompt_that_names_a_listed_path_is_refused(prompt: str, path: str) -> None:
    reason = f"the prompt names {path}, which [plugins.policy-paths] keeps from every agent."
    assert verdict(prompt=prompt) == [Verdict("refused", reason)]


@pytest.mark.parametrize(
    "prompt",
    [
        "hello",
        "what does ssh do?",
        "~/.sshd/config",
        "/etc/shadowy",
        "/etc/shadow.bak",
        "/var/etc/shadow",
        "read my.env.example",
        ".environment",
        "set process.env",
        "ein pem, two pems",
        "a *.pemmican",
    ],
)
def test_a_prompt_that_only_looks_like_it_passes(prompt: str) -> None:
    assert verdict(prompt=prompt) == []


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({"workingDir": "/home/ada/.ssh"}, "workingDir"),
        ({"addDir": ["/srv", "/etc/shadow"]}, "addDir"),
        ({"settings": {"file": "server.pem"}}, "settings"),
        ({"settings": {"server.pem": "file"}}, "settings"),
        ({"prompt": None, "promptParts": {"task": "hello", "context": "see .env"}}, "promptParts"),
    ],
)
def test_every_argument_is_looked_at(arguments: dict[str, Any], name: str) -> None:
    (found,) = verdict(**arguments)
    assert (found.decision, found.reason.split(" names ")[0]) == ("refused", f"the {name}")


def test_without_a_list_there_is_no_opinion() -> None:
    assert verdict({}, prompt="cat /etc/shadow") == []


@pytest.mark.parametrize("settings", [{"paths": "/etc"}, {"path": []}, {"paths": [1]}])
def test_a_list_that_is_not_understood_lets_nothing_pass(settings: dict[str, Any]) -> None:
    (found,) = verdict(settings)
    assert found.decision == "refused"
    assert "[plugins.policy-paths] is wrong, so nothing may pass" in found.reason


@pytest.mark.parametrize("piece", ["/a/../", "/", "./", "*", ".", "(", "-", "a", "a.pem.x", ".ssh", "../"])
def test_a_large_prompt_is_searched_in_linear_time(piece: str) -> None:
    (found,) = verdict(prompt=piece * 20_000 + " /etc/shadow")
    assert found.decision == "refused"


async def test_a_refused_request_starts_nothing_and_says_why(tmp_path: Path) -> None:
    config = {"plugins": {"policy-paths": {"paths": LISTED}}}
    with pytest.raises(Refused, match="the prompt names /etc/shadow"):
        await BENCH.run(tmp_path, {"prompt": "cat /etc/shadow"}, config=config)
    assert list(tmp_path.glob("state/jobs/*")) == []


def test_the_plugin_is_no_provider_and_imports_nothing_but_the_front_door() -> None:
    assert BENCH.hooks(PLUGIN) == ("gateway_admit",)
    assert stray_imports(PLUGIN) == []

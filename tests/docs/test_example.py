"""The example of docs/hooks.md: its hooks one by one, the whole way once, and all that every plugin must pass."""

import logging
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec import UNSET

import gateway
from gateway import (
    Catalog,
    Command,
    Exit,
    Finding,
    Finished,
    Flight,
    Installed,
    Job,
    JobFile,
    Launch,
    Message,
    Outcome,
    OutFile,
    Reading,
    Resume,
    Risk,
    Started,
    TextDelta,
    Usage,
    UsageReported,
    Verdict,
    hookspecs,
    replace,
)
from gateway.plugin.manager import load
from gateway.rules.arguments import accept
from gateway.testing.conformance import Conformance

EXAMPLE = Path(__file__).parents[2] / "docs" / "example"
ACME = load(only=["acme"]).provider("acme")
RULED = load(only=["acme", "house_rules"]).provider("acme")
HOOKS = [name for name in vars(hookspecs) if name.startswith("gateway_")]
ID = "acme-0123abcd"
LAUNCH = Launch(args=())
OK = Outcome(ending="ok", exit=Exit(returncode=0), text="HELLO", session_id=ID, finished=True)
JOB = Job(
    id="1", provider="acme", tool="acme_request", principal="local", correlation_id="2", mode="sync",
    status="running", directory="/srv", created_at=0.0,
)  # fmt: skip
FLIGHT = Flight(
    id="3", correlation_id="2", job_id="1", provider="acme", tool="acme_request", principal="local", mode="sync",
    origin="4", started_at=0.0, prompt_hash="5",
)  # fmt: skip


class TestAcme(Conformance):
    provider = "acme"
    plugin = "acme"
    transcripts = EXAMPLE / "transcripts"
    secret_samples = ("acme-key-abcdefghijklmnop",)


def request(**arguments: Any) -> Any:
    return accept({"prompt": "hello", **arguments}, ACME.info.request)[0]


def launched(version: str = "2.1.0", **arguments: Any) -> Launch:
    resume = ACME.resume(request(**arguments), None, ID)
    return RULED.launch(request(**arguments), resume, "hello", "edit", (), Installed(version))


def read(text: str, probes: tuple[Any, ...], status: int | None = None) -> dict[Any, Reading]:
    return dict.fromkeys(probes, Reading(found=True, text=text, returncode=status))


LINES = [
    b'{"type": "start", "session": "acme-0123abcd", "model": "large", "more": 1}',
    b'{"type": "delta", "text": "H"}',
    b'{"type": "answer", "text": "HELLO"}',
    b'{"type": "end"}',
]
EXAMPLES: dict[str, tuple[Callable[[], object], object]] = {
    "gateway_provider": (lambda: (ACME.info.title, ACME.info.executable), ("Acme Code", "acme")),
    "gateway_resume": (
        lambda: [
            ACME.resume(request(**asked), None, "fresh")
            for asked in ({}, {"sessionId": ID}, {"sessionId": ID, "forkSession": True})
        ],
        [Resume("new"), Resume("id", ID), Resume("fork", ID)],
    ),
    "gateway_launch": (
        lambda: launched(model="large", effort="high", allowedTools=["read"], mode="anything", sessionId=ID),
        Launch(
            args=(
                "run", "--json", "--mode=work", "--model=large", "--effort", "high", "--allow", "read",
                f"--resume={ID}", OutFile("usage.json", "--usage-file="),
            ),
            stdin=b"hello",
            warnings=("This run is under the house rules.",),
        ),
    ),
    "gateway_environ": (lambda: ACME.environ({"PATH": "/bin"}), {"ACME_TELEMETRY": "off"}),
    "gateway_risk": (
        lambda: [ACME.risk(request()), ACME.risk(request(mode="anything"))],
        [Risk("read_only"), Risk("full", bypass=True)],
    ),
    "gateway_decode": (
        lambda: ACME.decode(LINES, LAUNCH),
        [Started(ID, "large"), TextDelta("H"), Message("HELLO"), Finished()],
    ),
    "gateway_judge": (
        lambda: [
            ACME.judge(request(), Resume(), outcome, outcome.exit).ending
            for outcome in (OK, replace(OK, text=" "), replace(OK, finished=False))
        ],
        ["ok", "empty", "provider_error"],
    ),
    "gateway_session_log": (lambda: ACME.session_log(OK), JobFile("usage.json")),
    "gateway_decode_log": (
        lambda: ACME.decode_log(b'{"input": 3, "output": 2, "cached": 1}'),
        [UsageReported(Usage(input_tokens=3, output_tokens=2, cache_read_tokens=1))],
    ),
    "gateway_retry": (
        lambda: [
            ACME.retry(request(model="huge"), replace(OK, ending=ending), Catalog())
            for ending in ("model_unknown", "provider_error")
        ],
        [replace(request(), model=UNSET), None],
    ),
    "gateway_document": (lambda: ACME.document(OK), {"answer": "HELLO", "session": ID}),
    "gateway_login": (
        lambda: [ACME.login(read("no key", ACME.info.login_probes, status)).state for status in (0, 1, None)],
        ["logged_in", "logged_out", "unknown"],
    ),
    "gateway_catalog": (
        lambda: ACME.catalog(read("large: Hard problems\nsmall: Quick answers", ACME.info.model_probes)),
        replace(
            ACME.info.catalog, models={"large": "Hard problems", "small": "Quick answers"}, source="cli"
        ),
    ),
    "gateway_upgrade": (lambda: ACME.upgrade("2.2.0", {}), Command(("upgrade", "2.2.0"), timeout=300.0)),
    "gateway_checks": (
        lambda: ACME.checks(read("telemetry = true\n", ACME.info.check_probes)),
        [Finding("Acme Code", "Its configuration sends telemetry.", "Set telemetry = false.")],
    ),
    "gateway_admit": (
        lambda: [
            provider.admit(request(mode="anything"), Risk("full", bypass=True)) for provider in (ACME, RULED)
        ],
        [[], [Verdict("refused", "nobody lets Acme Code work unchecked here")]],
    ),
}  # fmt: skip
LISTENERS = ("gateway_job_started", "gateway_job_finished")


@pytest.mark.parametrize("hook", [hook for hook in HOOKS if hook not in LISTENERS])
def test_example_of_the_hook_does_what_the_page_says(hook: str) -> None:
    call, expected = EXAMPLES[hook]
    assert call() == expected


def test_example_listens(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "house_rules"):
        RULED.job_started(JOB)
        RULED.job_finished(JOB, OK, FLIGHT)
    assert caplog.messages == ["job 1 of acme has begun in /srv", "job 1 ended: ok"]


def test_flag_newer_than_the_installed_cli_is_withheld() -> None:
    assert "--effort" not in launched("1.9.0", effort="high").args


def test_example_answers_on_the_command_line_as_the_page_says(tmp_path: Path) -> None:
    (tmp_path / "config.toml").touch()
    environ = {
        "GATEWAY_PLUGINS": "acme",
        "PYTHONPATH": os.pathsep.join((str(EXAMPLE), str(Path(gateway.__file__).parents[1]))),
        "PATH": os.pathsep.join((str(EXAMPLE), os.path.dirname(sys.executable), os.defpath)),
        "HOME": str(tmp_path / "home"),
        "LLM_GATEWAY_STATE": str(tmp_path / "state"),
        "LLM_GATEWAY_CONFIG": str(tmp_path / "config.toml"),
    }
    command = [sys.executable, "-m", "gateway", "ask", "acme", "hello"]
    done = subprocess.run(command, env=environ, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "HELLO\n", "")

"""Each hook does what its contract says. The last test sees to it that none is forgotten."""

import ast
import inspect
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from gateway import hookspecs
from gateway.domain.approvals import Risk, Verdict
from gateway.domain.events import Event, Message, UsageReported
from gateway.domain.flights import Flight
from gateway.domain.jobs import Job
from gateway.domain.launch import Autonomy, Installed, Launch, McpServer, Resume
from gateway.domain.outcome import Exit, Outcome, Usage
from gateway.domain.probes import Command, EnvVar, Finding, HomeFile, JobFile, Login, Reading, Readings
from gateway.domain.provider import Catalog, ProviderInfo
from gateway.domain.request import Request, replace
from gateway.domain.sessions import Session

REQUEST = Request(prompt="hi")
EXIT = Exit(returncode=0)
OUTCOME = Outcome(ending="ok", exit=EXIT, session_id="s1")
READINGS: Readings = {
    EnvVar("ACME_KEY"): Reading(found=True),
    Command(("v",)): Reading(found=True, text="1.2"),
}
JOB = Job(
    id="j1",
    provider="acme",
    tool="acme_request",
    principal="local",
    correlation_id="c1",
    mode="sync",
    status="running",
    directory="/work",
    created_at=1.0,
)
FLIGHT = Flight(
    id="f1",
    correlation_id="c1",
    job_id="j1",
    provider="acme",
    tool="acme_request",
    principal="local",
    mode="sync",
    origin="g1",
    started_at=1.0,
    prompt_hash="0",
)
TRACE = {"traceparent": "00-1-2-01"}


def test_gateway_provider_says_who_the_provider_is(workshop: Any) -> None:
    info = ProviderInfo(name="acme", title="Acme Code", executable="acme", request=Request)
    assert workshop.one(gateway_provider=lambda: info).info is info


def test_gateway_resume_is_handed_the_known_session_and_a_fresh_id(workshop: Any) -> None:
    session = Session(id="s1", provider="acme", directory="/d", model=None, created_at=1, used_at=2)

    def gateway_resume(request: Request, session: Session | None, fresh_id: str) -> Resume:
        return Resume("fork", f"{request.prompt} {session and session.id} {fresh_id}")

    provider = workshop.one(gateway_resume=gateway_resume)
    assert provider.resume(REQUEST, session, "fresh") == Resume("fork", "hi s1 fresh")


def test_gateway_launch_is_handed_everything_a_run_depends_on(workshop: Any) -> None:
    seen: list[tuple[Any, ...]] = []

    def gateway_launch(
        request: Request,
        resume: Resume,
        prompt: str,
        autonomy: Autonomy | None,
        servers: Sequence[McpServer],
        installed: Installed,
        provider: ProviderInfo,
    ) -> Launch:
        seen.append((request, resume, prompt, autonomy, servers, installed, provider.name))
        return Launch(args=("run",))

    handed = (REQUEST, Resume("id", "s1"), "hi", "edit", (McpServer(name="docs"),), Installed("1.2"))
    assert workshop.one(gateway_launch=gateway_launch).launch(*handed) == Launch(args=("run",))
    assert seen == [(*handed, "acme")]


def test_gateway_environ_is_laid_over_what_the_child_gets(workshop: Any) -> None:
    provider = workshop.one(gateway_environ=lambda environ: {"B": environ["A"] + "!"})
    assert provider.environ({"A": "1"}) == {"B": "1!"}


def test_gateway_environ_is_handed_the_trace_that_the_request_is_part_of(workshop: Any) -> None:
    provider = workshop.one(gateway_environ=lambda trace: {"T": trace.get("traceparent", "none")})
    assert [provider.environ({}), provider.environ({}, TRACE)] == [{"T": "none"}, {"T": "00-1-2-01"}]


def test_gateway_risk_says_what_posture_a_request_asks_for(workshop: Any) -> None:
    risk = Risk("full", bypass=True, reasons=("it says so",))
    assert workshop.one(gateway_risk=lambda request: risk).risk(REQUEST) == risk


def test_gateway_decode_is_handed_whole_frames_in_order(workshop: Any) -> None:
    def gateway_decode(frames: Sequence[bytes], launch: Launch) -> list[Event]:
        return [Message(f"{launch.framing} {frame.decode()}") for frame in frames]

    provider = workshop.one(gateway_decode=gateway_decode)
    assert provider.decode([b"1", b"2"], Launch(args=())) == [Message("lines 1"), Message("lines 2")]


def test_gateway_judge_says_how_the_run_ended(workshop: Any) -> None:
    def gateway_judge(outcome: Outcome, exit: Exit, resume: Resume, request: Request) -> Outcome:
        return replace(outcome, ending="refused", error=f"{exit.returncode} {resume.mode} {request.prompt}")

    judged = workshop.one(gateway_judge=gateway_judge).judge(REQUEST, Resume("latest"), OUTCOME, EXIT)
    assert judged == replace(OUTCOME, ending="refused", error="0 latest hi")


def test_gateway_session_log_names_a_file_of_the_home_or_of_the_job(workshop: Any) -> None:
    provider = workshop.one(gateway_session_log=lambda outcome: HomeFile(f".acme/{outcome.session_id}.json"))
    assert provider.session_log(OUTCOME) == HomeFile(".acme/s1.json")
    assert workshop.one(gateway_session_log=lambda: JobFile("log")).session_log(OUTCOME) == JobFile("log")


def test_gateway_decode_log_says_what_the_log_means(workshop: Any) -> None:
    provider = workshop.one(gateway_decode_log=lambda data: [UsageReported(Usage(input_tokens=len(data)))])
    assert provider.decode_log(b"abc") == [UsageReported(Usage(input_tokens=3))]


def test_gateway_retry_amends_a_request_that_failed(workshop: Any) -> None:
    def gateway_retry(request: Request, outcome: Outcome, catalog: Catalog) -> Request:
        return replace(request, model=catalog.default)

    provider = workshop.one(gateway_retry=gateway_retry)
    assert provider.retry(REQUEST, OUTCOME, Catalog(default="large")) == replace(REQUEST, model="large")


def test_gateway_document_shapes_the_reply(workshop: Any) -> None:
    provider = workshop.one(gateway_document=lambda outcome, provider: {provider.name: outcome.ending})
    assert provider.document(OUTCOME) == {"acme": "ok"}


def test_gateway_login_reads_the_probes(workshop: Any) -> None:
    def gateway_login(readings: Readings) -> Login:
        return Login("logged_in" if readings[EnvVar("ACME_KEY")].found else "logged_out", "by key")

    assert workshop.one(gateway_login=gateway_login).login(READINGS) == Login("logged_in", "by key")


def test_gateway_catalog_reads_the_probes(workshop: Any) -> None:
    provider = workshop.one(gateway_catalog=lambda readings: Catalog(default=readings[Command(("v",))].text))
    assert provider.catalog(READINGS) == Catalog(default="1.2")
    assert workshop.one(gateway_catalog=lambda: None).catalog(READINGS) == Catalog()


def test_gateway_upgrade_names_a_command(workshop: Any) -> None:
    provider = workshop.one(gateway_upgrade=lambda target, readings: Command(("update", target)))
    assert provider.upgrade("2.0", READINGS) == Command(("update", "2.0"))


def test_gateway_checks_adds_the_findings_of_everybody(workshop: Any) -> None:
    workshop.plugin("silent", gateway_checks=lambda: None)
    workshop.plugin("nosy", gateway_checks=lambda provider: (Finding(provider.name, "by nosy"),))
    provider = workshop.one(gateway_checks=lambda: iter([Finding("acme", "one"), Finding("acme", "two")]))
    found = {(finding.subject, finding.message) for finding in provider.checks(READINGS)}
    assert found == {("acme", "one"), ("acme", "two"), ("acme", "by nosy")}


def test_gateway_admit_reads_every_answer(workshop: Any) -> None:
    workshop.plugin("strict", gateway_admit=lambda risk: Verdict("refused", risk.autonomy))
    workshop.plugin("silent", gateway_admit=lambda: None)
    workshop.plugin("lenient", gateway_admit=lambda request, provider: Verdict("approved", provider.name))
    verdicts = workshop.one().admit(REQUEST, Risk("full"))
    assert sorted(verdict.reason for verdict in verdicts) == ["acme", "full"]


def test_gateway_admit_is_handed_what_is_configured_for_plugins(workshop: Any) -> None:
    workshop.plugin("strict", gateway_admit=lambda settings: Verdict("refused", settings["strict"]["why"]))
    verdicts = workshop.one().admit(REQUEST, Risk(), {"strict": {"why": "because"}})
    assert verdicts == [Verdict("refused", "because")]


def test_gateway_job_started_is_only_heard(workshop: Any) -> None:
    heard: list[object] = []
    workshop.plugin(
        "ears", gateway_job_started=lambda job, trace, settings: heard.extend((job, trace, settings))
    )
    workshop.one().job_started(JOB, TRACE, {"ears": {"a": 1}})
    assert heard == [JOB, TRACE, {"ears": {"a": 1}}]


def test_gateway_job_finished_is_only_heard(workshop: Any) -> None:
    heard: list[object] = []

    def gateway_job_finished(job: Job, outcome: Outcome, flight: Flight, trace: Any, settings: Any) -> None:
        heard.extend((job, outcome, flight, trace, settings))

    workshop.plugin("ears", gateway_job_finished=gateway_job_finished)
    workshop.one().job_finished(JOB, OUTCOME, FLIGHT, TRACE, {"ears": {"a": 1}})
    assert heard == [JOB, OUTCOME, FLIGHT, TRACE, {"ears": {"a": 1}}]


def test_every_hook_has_a_contract_and_a_test_named_for_it() -> None:
    hooks = [name for name in vars(hookspecs) if name.startswith("gateway_")]
    tree = ast.parse(Path(__file__).read_text("utf-8"))
    tests = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    assert [hook for hook in hooks if not any(test.startswith(f"test_{hook}_") for test in tests)] == []
    assert [hook for hook in hooks if not getattr(hookspecs, hook).__doc__] == []


@pytest.mark.parametrize("hook", [name for name in vars(hookspecs) if name.startswith("gateway_")])
def test_every_hook_says_when_it_is_called_and_what_none_means(hook: str) -> None:
    told = inspect.getdoc(getattr(hookspecs, hook)) or ""
    assert ("Called " in told, "None" in told) == (True, True)

"""What a provider gets without asking."""

from typing import Any

import pytest

from gateway.domain.approvals import Risk
from gateway.domain.launch import Resume
from gateway.domain.outcome import Ending, Exit, Outcome, Usage
from gateway.domain.probes import Login
from gateway.domain.provider import Capabilities, Catalog, ProviderInfo
from gateway.domain.request import Request, replace
from gateway.errors import InvalidRequest

FRESH = "fresh-id"
CATALOG = Catalog(models={"large": "Big"})


def introduced(**facts: Any) -> Any:
    info = ProviderInfo(name="acme", title="Acme", executable="acme", request=Request, **facts)
    return lambda: info


@pytest.mark.parametrize(
    ("request_", "resume"),
    [
        (Request(), Resume("new", None)),
        (Request(session_id="s-1"), Resume("id", "s-1")),
        (Request(resume_latest=True), Resume("latest")),
        (Request(session_id="s-1", resume_latest=True), Resume("id", "s-1")),
        (Request(session_id="s-1", resume_latest=True, create_new_session=True), Resume("new", None)),
        (Request(session_id="--x", create_new_session=True), Resume("new", None)),
    ],
)
def test_a_session_is_new_unless_the_request_continues_one(
    workshop: Any, request_: Request, resume: Resume
) -> None:
    assert workshop.one().resume(request_, None, FRESH) == resume


@pytest.mark.parametrize("request_", [Request(), Request(create_new_session=True)])
def test_a_new_session_gets_the_fresh_id_where_the_cli_takes_one(workshop: Any, request_: Request) -> None:
    chooses = introduced(capabilities=Capabilities(chooses_session_id=True))
    assert workshop.one(gateway_provider=chooses).resume(request_, None, FRESH) == Resume("new", FRESH)


@pytest.mark.parametrize("session_id", ["-x", "../x", "a b", "a\n", "?"])
def test_an_id_that_is_none_of_the_clis_is_refused(workshop: Any, session_id: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        workshop.one().resume(Request(session_id=session_id), None, FRESH)
    assert str(refusal.value) == f"{session_id!r} is not a session id of Acme."


def test_the_environment_is_left_as_it_is(workshop: Any) -> None:
    assert workshop.one().environ({"A": "1"}) == {}
    assert workshop.one(gateway_environ=lambda: None).environ({"A": "1"}) == {}


def test_a_request_asks_before_it_does_anything(workshop: Any) -> None:
    assert workshop.one().risk(Request()) == Risk("ask", bypass=False)


@pytest.mark.parametrize(
    ("ending", "error", "text", "returncode", "judged"),
    [
        ("ok", None, "text", 0, "ok"),
        ("ok", None, " \n", 0, "empty"),
        ("ok", None, "text", 1, "provider_error"),
        ("ok", None, "text", -9, "provider_error"),
        ("ok", None, "text", None, "provider_error"),
        ("ok", "it broke", "text", 0, "provider_error"),
        ("quota_exhausted", "limit", "", 1, "quota_exhausted"),
        ("refused", None, "no", 0, "refused"),
    ],
)
def test_a_run_is_judged_by_its_events_and_its_status(
    workshop: Any, ending: Ending, error: str | None, text: str, returncode: int | None, judged: Ending
) -> None:
    exit = Exit(returncode=returncode)
    outcome = Outcome(ending=ending, exit=exit, error=error, text=text)
    assert workshop.one().judge(Request(), Resume(), outcome, exit) == replace(outcome, ending=judged)


def test_a_document_tells_the_answer_and_how_the_run_ended(workshop: Any) -> None:
    outcome = Outcome(
        ending="ok",
        exit=Exit(returncode=0),
        text="hi",
        session_id="s",
        model="m",
        usage=Usage(input_tokens=1),
    )
    assert workshop.one().document(outcome) == {
        "result": "hi",
        "session_id": "s",
        "model": "m",
        "usage": {
            "input_tokens": 1,
            "output_tokens": None,
            "cache_read_tokens": None,
            "cache_write_tokens": None,
            "reasoning_tokens": None,
            "cost_usd": None,
        },
        "stop_reason": None,
        "ending": "ok",
    }


def test_a_login_is_unknown_where_nobody_can_tell(workshop: Any) -> None:
    assert workshop.one().login({}) == Login("unknown")


def test_the_models_are_those_of_the_bundled_catalog(workshop: Any) -> None:
    assert workshop.one(gateway_provider=introduced(catalog=CATALOG)).catalog({}) == CATALOG


def test_what_has_no_default_is_simply_not_there(workshop: Any) -> None:
    provider = workshop.one()
    outcome = Outcome(ending="ok", exit=Exit(returncode=0))
    assert provider.session_log(outcome) is None
    assert provider.decode_log(b"x") == []
    assert provider.retry(Request(), outcome, CATALOG) is None
    assert provider.upgrade("2.0", {}) is None
    assert provider.checks({}) == []
    assert provider.admit(Request(), Risk()) == []

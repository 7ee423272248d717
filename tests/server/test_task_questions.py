"""Questions that a task puts to the person at its client, and tools that are for clients which take tasks."""

import json
import sys
from pathlib import Path

import pytest
from mcp.shared.exceptions import MCPError
from mcp_types import MISSING_REQUIRED_CLIENT_CAPABILITY

from gateway import ProviderInfo, Request, Tool, Verdict, hookimpl, replace
from gateway.config import read_config
from gateway.plugin.manager import load
from gateway.rules.approval import ALLOW, BY_A_PERSON
from gateway.server.tasks import ELSEWHERE
from gateway.service.consent import ASKING
from gateway.service.gateway import open_gateway
from gateway.service.overview import overview
from gateway.service.running import running

from .risky import FORMS, SAID, put, told
from .wire import DECLARED, Session

BOTH = FORMS | DECLARED
NO = {"approval": {"action": "accept", "content": {"allow": False}}}
WIKI = {"prompt": "hello wiki"}


async def begun(session: Session, **more) -> str:
    """The task that the risky request becomes."""
    made = await put(session, BOTH, **more)
    assert told(made) == "task", made
    return made["taskId"]


async def asked(session: Session, task: str) -> dict:
    """The task, which asks."""
    while True:
        seen = await session.ask("tasks/get", BOTH, taskId=task)
        if seen["status"] != "working":
            assert seen["status"] == "input_required", seen.get("error")
            return seen


async def answered(session: Session, task: str, said: object) -> dict:
    await asked(session, task)
    return await session.ask("tasks/update", BOTH, taskId=task, inputResponses=said)


async def ended(session: Session, task: str) -> dict:
    """The result of a task that has come to its end."""
    seen = await session.until(task, "completed", "failed")
    assert seen["status"] == "completed", seen.get("error")
    return seen.get("result", {}) | {"resultType": "complete"}


async def decisions(session: Session) -> list[tuple]:
    listed = await session.ask("tools/call", name="approval_list", arguments={})
    found = json.loads(listed["content"][0]["text"])["approvals"]
    return [(each["status"], each["reasons"][2:]) for each in found]


async def test_a_task_shows_what_it_asks_and_is_no_running_job(ann: Session) -> None:
    task = await begun(ann)
    seen = await asked(ann, task)
    job = (await ann.ask("tools/call", name="llm_job_status", arguments={"jobId": task}))["structuredContent"]

    (question,) = seen["inputRequests"].values()
    assert (seen["status"], seen["resultType"], [*seen["inputRequests"]]) == (
        "input_required", "complete", ["approval"],
    )  # fmt: skip
    assert seen["statusMessage"] == ASKING
    assert question["method"] == "elicitation/create"
    assert question["params"] == {
        "mode": "form",
        "message": question["params"]["message"],
        "requestedSchema": {"type": "object", "properties": {"allow": ALLOW}, "required": ["allow"]},
    }
    assert question["params"]["message"].startswith("A request to Echo scores 6")
    assert not seen.keys() & {"result", "error", "requestState"}
    assert (job["job"]["status"], job["job"]["progress"]) == ("queued", ASKING)
    assert await decisions(ann) == []


async def test_a_task_goes_on_with_a_yes(ann: Session) -> None:
    task = await begun(ann)
    ack = await answered(ann, task, SAID)
    result = await ended(ann, task)

    assert ack | {"_meta": {}} == {"resultType": "complete", "_meta": {}}
    assert (told(result), result["structuredContent"]["approval"]["status"]) == (
        "delete the wiki",
        "approved",
    )
    assert await decisions(ann) == [("approved", [BY_A_PERSON])]


async def test_a_no_ends_a_task_as_a_denial_ends_a_call(ann: Session) -> None:
    waited = await put(ann, {})
    task = await begun(ann)
    await answered(ann, task, NO)
    result = await ended(ann, task)

    assert (result["isError"], _without_ids(result)) == (True, _without_ids(waited))
    assert await decisions(ann) == [("denied", [])] * 2


def _without_ids(result: dict) -> dict:
    content = result["structuredContent"]
    return content | {"approval": content["approval"] | {"id": "", "ts": ""}}


@pytest.mark.parametrize(
    "odd", ["yes", None, {}, {"action": "perhaps"}, {"action": "accept", "content": [1]}, {"roots": []}]
)
async def test_what_is_no_answer_is_refused_and_the_question_stays(ann: Session, odd: object) -> None:
    task = await begun(ann)
    refused = await answered(ann, task, {"approval": odd, "other": SAID["approval"]})
    await answered(ann, task, SAID)

    assert (refused["code"], "inputResponses.approval" in refused["message"]) == (-32602, True)
    assert told(await ended(ann, task)) == "delete the wiki"


async def test_an_answer_to_something_else_leaves_the_question_open(ann: Session) -> None:
    task = await begun(ann)
    ack = await answered(ann, task, {"other": SAID["approval"]})

    assert (ack["resultType"], [*(await asked(ann, task))["inputRequests"]]) == ("complete", ["approval"])
    await ann.ask("tasks/cancel", taskId=task)


async def test_nobody_else_sees_or_answers_what_a_task_asks(ann: Session) -> None:
    task = await begun(ann)
    ann.principal = "bob"
    seen = await ann.ask("tasks/get", BOTH, taskId=task)
    refused = [seen, await ann.ask("tasks/update", BOTH, taskId=task, inputResponses=SAID)]
    ann.principal = "ann"
    await asked(ann, task)
    await ann.ask("tasks/cancel", taskId=task)

    assert refused == [{"code": -32602, "message": "Unknown task", "data": {"taskId": task}}] * 2


async def test_a_task_that_asks_can_be_cancelled(ann: Session) -> None:
    task = await begun(ann)
    await asked(ann, task)
    await ann.ask("tasks/cancel", taskId=task)
    seen = await ann.until(task, "cancelled")
    late = await ann.ask("tasks/update", BOTH, taskId=task, inputResponses=SAID)

    assert not seen.keys() & {"result", "error", "inputRequests"}
    assert (late["resultType"], await decisions(ann)) == ("complete", [])
    assert (await ann.ask("tasks/get", taskId=task))["status"] == "cancelled"


async def test_who_is_not_answered_in_time_is_denied(ann_asks) -> None:
    async with ann_asks(wait=0.05) as ann:
        task = await begun(ann)
        result = await ended(ann, task)
        decided = await decisions(ann)

    assert ("denied by MCP-managed approval policy" in told(result), decided) == (True, [("denied", [])])


async def test_a_task_whose_gateway_goes_asks_again_in_the_next_one(ann_asks) -> None:
    async with ann_asks() as local:
        local.principal = "local"
        task = await begun(local)
        first = await asked(local, task)
    async with ann_asks() as local:
        local.principal = "local"
        second = await asked(local, task)
        await answered(local, task, SAID)
        result = await ended(local, task)
        decided = await decisions(local)

    assert (second["inputRequests"], told(result)) == (first["inputRequests"], "delete the wiki")
    assert decided == [("approved", [BY_A_PERSON])]


async def test_another_gateway_tells_that_a_task_asks_and_refuses_the_answer(ann_asks) -> None:
    async with ann_asks() as mine, ann_asks() as other:
        task = await begun(mine)
        await asked(mine, task)
        seen = await other.ask("tasks/get", BOTH, taskId=task)
        refused = await other.ask("tasks/update", BOTH, taskId=task, inputResponses=SAID)
        await answered(mine, task, SAID)
        result = await ended(mine, task)
        late = await other.ask("tasks/update", BOTH, taskId=task, inputResponses=SAID)

    assert (seen["status"], seen["statusMessage"], "inputRequests" in seen) == ("working", ASKING, False)
    assert refused == {"code": -32602, "message": ELSEWHERE, "data": {"taskId": task}}
    assert (late.get("resultType"), told(result)) == ("complete", "delete the wiki")


async def test_whoever_looks_sees_that_a_job_asks_and_is_in_no_queue(ann_asks, environ) -> None:
    config = read_config(environ)
    async with ann_asks() as ann, open_gateway(config, load(["gateway.testing.echo"]), environ) as other:
        task = await begun(ann)
        await asked(ann, task)
        (listed,) = await running(other.database, config, "ann")
        (shown,) = (await overview(other, "ann")).running
        await ann.ask("tasks/cancel", taskId=task)

    assert (listed.asks, listed.position, listed.job.status) == (True, None, "queued")
    assert (shown.status, shown.note) == ("asking", ASKING)


async def test_what_was_asked_stays_whole_while_the_answer_to_it_is_kept(
    ann: Session, environ, tmp_path
) -> None:
    task = await begun(ann)
    await asked(ann, task)
    (kept,) = Path(environ["LLM_GATEWAY_STATE"]).rglob("request.json")
    (tmp_path / "before").hardlink_to(kept)
    before = kept.read_bytes()
    await answered(ann, task, SAID)
    await ended(ann, task)

    assert (tmp_path / "before").read_bytes() == before != kept.read_bytes()


async def test_what_waits_for_an_answer_takes_no_place_from_others(ann_asks) -> None:
    async with ann_asks() as ann:
        task = await begun(ann)
        await asked(ann, task)
        other = await ann.ask("tools/call", {}, name="echo_request", arguments=WIKI)
        await ann.ask("tasks/cancel", taskId=task)

    assert told(other) == "hello wiki"


async def test_the_same_request_asked_twice_is_two_questions(ann: Session) -> None:
    tasks = [await begun(ann), await begun(ann)]
    await answered(ann, tasks[0], SAID)
    first = await ended(ann, tasks[0])

    assert told(first) == "delete the wiki"
    await asked(ann, tasks[1])
    await ann.ask("tasks/cancel", taskId=tasks[1])


async def test_who_lets_many_tasks_ask_is_told_to_answer_them(ann: Session, monkeypatch) -> None:
    monkeypatch.setattr("gateway.service.consent.MOST", 1)
    first, second = await begun(ann), await begun(ann)
    refused = await ann.until(second, "failed")
    ann.principal = "bob"
    bobs = await begun(ann)
    await asked(ann, bobs)
    await ann.ask("tasks/cancel", taskId=bobs)
    ann.principal = "ann"
    await ann.ask("tasks/cancel", taskId=first)

    assert "1 requests wait for your answer already." in refused["error"]["message"]


class Policy:
    """A plugin, in the place of a module, that leaves what names the wiki to a person."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    @hookimpl
    def gateway_admit(self, request: Request) -> Verdict | None:
        return Verdict("ask", self._reason, "sure") if "wiki" in str(request.prompt) else None


SURE = {"action": "accept", "content": {"sure": True}}


@pytest.fixture
def policies(monkeypatch) -> dict[str, str]:
    """Two of them, and no managed approval."""
    for name in ("first", "second"):
        monkeypatch.setitem(sys.modules, f"{name}_policy", Policy(f"the {name} reason"))
    return {"GATEWAY_PLUGINS": "gateway.testing.echo,first_policy,second_policy"}


async def test_a_task_may_have_several_questions_open(ann_asks, policies) -> None:
    async with ann_asks(**policies) as ann:
        task = await begun(ann, arguments=WIKI)
        both = (await asked(ann, task))["inputRequests"]
        await answered(ann, task, {"policy1": SURE})
        one = await asked(ann, task)
        await answered(ann, task, {"policy1": {"action": "decline"}, "policy2": SURE})
        result = await ended(ann, task)

    reasons = {each["params"]["message"].splitlines()[0].rpartition(": ")[2] for each in both.values()}
    assert (set(both), reasons) == ({"policy1", "policy2"}, {"the first reason", "the second reason"})
    assert (one["status"], [*one["inputRequests"]]) == ("input_required", ["policy2"])
    assert told(result) == "hello wiki"


@pytest.mark.parametrize(
    ("said", "why"),
    [(SURE, ""), ({"action": "decline"}, "The answer was not yes, so the request was refused.")],
)
async def test_a_policy_has_a_person_decide_on_a_call(ann_asks, policies, said: dict, why: str) -> None:
    async with ann_asks(**policies) as ann:
        first = await put(ann, arguments=WIKI)
        second = await put(
            ann, arguments=WIKI, requestState=first["requestState"], inputResponses={"policy1": SURE}
        )
        end = await put(
            ann, arguments=WIKI, requestState=second["requestState"], inputResponses={"policy2": said}
        )

    assert [[*each["inputRequests"]] for each in (first, second)] == [["policy1"], ["policy2"]]
    assert end["isError"] == bool(why)
    assert why in told(end)


async def test_a_policy_asks_nothing_about_what_is_denied_anyway(ann_asks, policies) -> None:
    plugins = f"{policies['GATEWAY_PLUGINS']},isolating"
    async with ann_asks(GATEWAY_PLUGINS=plugins) as ann:
        task = await begun(ann)
        open_ones = [*(await asked(ann, task))["inputRequests"]]
        await ann.ask("tasks/cancel", taskId=task)
    async with ann_asks(asks=False, GATEWAY_PLUGINS=plugins) as ann:
        denied = await put(ann, BOTH)

    assert open_ones == ["policy1", "policy2", "approval"]
    assert "denied by MCP-managed approval policy" in told(denied)


async def test_what_a_policy_leaves_to_a_person_is_refused_where_none_can_be_asked(
    ann_asks, policies
) -> None:
    async with ann_asks(**policies) as ann:
        answers = [await put(ann, declared, arguments=WIKI) for declared in ({}, DECLARED)]

    assert ["Nobody has answered, so the request was refused." in told(answer) for answer in answers] == [
        True
    ] * 2


class Patient:
    """A plugin, in the place of a module, whose tool nobody should wait for."""

    @hookimpl(wrapper=True)
    def gateway_provider(self):
        info: ProviderInfo = yield
        return replace(info, tools=(Tool("echo_request", info.request, needs_tasks=True),))


@pytest.fixture
def patient(monkeypatch) -> dict[str, str]:
    monkeypatch.setitem(sys.modules, "patient", Patient())
    return {"GATEWAY_PLUGINS": "gateway.testing.echo,patient"}


@pytest.mark.parametrize("profile", ["full", "compact"])
async def test_a_tool_for_tasks_is_for_clients_that_take_them(ann_asks, patient, profile: str) -> None:
    name, more = ("request", {"provider": "echo"}) if profile == "compact" else ("echo_request", {})
    job = {"background": True} if profile == "compact" else {}
    async with ann_asks(**patient, LLM_GATEWAY_PROFILE=profile) as ann:
        refused = await put(ann, FORMS, name, arguments=WIKI | more)
        made = await put(ann, BOTH, name, arguments=WIKI | more)
        result = await ended(ann, made["taskId"])
        twin = await put(ann, FORMS, name if job else "echo_request_async", arguments=WIKI | more | job)

    assert (refused["code"], refused["data"]) == (-32021, {"requiredCapabilities": DECLARED})
    assert "echo_request_async" in refused["message"]
    assert (told(result), twin["structuredContent"]["success"]) == ("hello wiki", True)


async def test_a_client_of_the_older_protocol_is_told_that_a_tool_is_for_tasks(connect, patient) -> None:
    async with connect("legacy", **patient) as client:
        with pytest.raises(MCPError, match="echo_request_async") as refused:
            await client.call_tool("echo_request", WIKI)

    assert refused.value.error.code == MISSING_REQUIRED_CLIENT_CAPABILITY


async def test_without_a_place_to_keep_jobs_a_tool_for_tasks_waits(ann_asks, patient, tmp_path) -> None:
    config = tmp_path / "none.toml"
    config.write_text('[persistence]\nbackend = "none"\n')
    async with ann_asks(**patient, LLM_GATEWAY_CONFIG=str(config)) as ann:
        assert told(await put(ann, BOTH, arguments=WIKI)) == "hello wiki"


async def test_a_panel_asks_nobody_and_tells_what_would_have_been_asked(ann_asks, policies) -> None:
    asked = {"question": "Is the wiki right?", "models": ["echo"]}
    async with ann_asks(**policies) as ann:
        answer = await put(ann, BOTH, "validate_with_models", arguments=asked)

    assert answer["resultType"] == "complete"
    assert "Nobody has answered, so the request was refused." in json.dumps(answer)

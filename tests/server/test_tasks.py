"""Jobs under the name of tasks, for clients of the newer protocol that declare the extension."""

import re
import time
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from gateway.config import read_config
from gateway.domain.jobs import Job
from gateway.domain.outcome import ENDINGS
from gateway.plugin.manager import load
from gateway.server.task_words import EXTENSION, status_of
from gateway.service.gateway import open_gateway

from .wire import DECLARED, Session, joined

METHODS = ("tasks/get", "tasks/cancel", "tasks/update")


@pytest.fixture
def gateway(environ, work, monkeypatch):
    monkeypatch.chdir(work)

    @asynccontextmanager
    async def opening(**changes: str):
        seen = environ | changes
        async with open_gateway(read_config(seen), load(["gateway.testing.echo"]), seen) as opened:
            yield opened

    return opening


@pytest.fixture
async def session(gateway):
    async with gateway() as opened, joined(opened) as client:
        yield client


async def test_a_request_is_a_task_whose_id_is_that_of_its_job(session: Session) -> None:
    made = await session.request("ECHO:sleep=60")
    told = await session.ask("tasks/get", taskId=made["taskId"])
    (job,) = (await session.ask("tools/call", name="llm_job_list", arguments={}))["structuredContent"]["jobs"]
    await session.ask("tasks/cancel", taskId=made["taskId"])

    assert made == {
        "resultType": "task",
        "taskId": job["id"],
        "status": "working",
        "createdAt": made["createdAt"],
        "lastUpdatedAt": made["lastUpdatedAt"],
        "ttlMs": 30 * 86_400_000,
        "pollIntervalMs": 1000,
        "_meta": made["_meta"],
    }
    assert (told["resultType"], told["status"], told["taskId"]) == ("complete", "working", job["id"])
    assert not told.keys() & {"result", "error", "inputRequests"}


@pytest.mark.parametrize(
    "arguments",
    [
        {"prompt": "hello"},
        {"prompt": "hello", "outputFormat": "json"},
        {"prompt": "hello", "outputFormat": "stream-json", "correlationId": "mine"},
        {
            "prompt": "Could you please say why, in order to help?",
            "optimizePrompt": True,
            "optimizeResponse": True,
        },
        {"prompt": "ECHO:error=401", "mcpServers": ["nobody", "here"], "optimizePrompt": True},
        {"prompt": "review this code but do not use any tools"},
        {"prompt": "ECHO:sleep=60", "timeoutMs": 2500},
    ],
)
async def test_a_completed_task_has_the_result_that_waiting_would_have_had(
    session: Session, arguments
) -> None:
    waited = await session.request(declared={}, **arguments)
    made = await session.request(**arguments, forceRefresh=True)
    told = await session.until(made["taskId"], "completed")

    assert _same(told["result"]) == _same(waited)


def _same(result: dict) -> tuple:
    """A result without what differs from run to run, and without the CLI's own word for its end, which is not kept."""
    varying = {"sessionId", "jobId", "correlationId", "durationMs", "stopReason"}
    told = {name: value for name, value in result["structuredContent"].items() if name not in varying}
    ids = {result["structuredContent"].get(name) or "-" for name in ("sessionId", "jobId")}
    text = result["content"][0]["text"]
    for id in ids:
        text = text.replace(id, "ID")
    text = re.sub(r'"stop_reason":("done"|null)', "", text)
    return result["isError"], text, told


async def test_a_cancelled_task_is_cancelled_and_stays_so(session: Session) -> None:
    made = await session.request("ECHO:sleep=60")
    acks = [await session.ask("tasks/cancel", taskId=made["taskId"])]
    told = await session.until(made["taskId"], "cancelled")
    acks.append(await session.ask("tasks/cancel", taskId=made["taskId"]))

    assert [ack | {"_meta": {}} for ack in acks] == [{"resultType": "complete", "_meta": {}}] * 2
    assert not told.keys() & {"result", "error"}


@pytest.mark.parametrize("first", [0, 1])
async def test_a_cancelled_task_takes_nothing_from_who_shares_its_run(session: Session, first: int) -> None:
    made = [await session.request("ECHO:sleep=60") for _ in range(2)]
    names = [each["taskId"] for each in made]
    await session.ask("tasks/cancel", taskId=names[first])
    told = [(await session.ask("tasks/get", taskId=name))["status"] for name in names]
    await session.ask("tasks/cancel", taskId=names[1 - first])
    ended = [(await session.until(name, "cancelled"))["status"] for name in names]

    assert len(set(names)) == 2
    assert (told[first], told[1 - first]) == ("cancelled", "working")
    assert ended == ["cancelled"] * 2


async def test_what_a_task_never_asked_may_be_answered(session: Session) -> None:
    made = await session.request("hello")
    ack = await session.ask("tasks/update", taskId=made["taskId"], inputResponses={"unknown": {}})

    assert ack["resultType"] == "complete"


async def test_a_task_of_somebody_else_is_not_there(gateway) -> None:
    async with AsyncExitStack() as stack:
        opened = await stack.enter_async_context(gateway())
        ann, bob = [await stack.enter_async_context(joined(opened, name)) for name in ("ann", "bob")]
        made = await ann.request("hello")
        answers = [
            [await bob.ask(method, taskId=task) for method in METHODS] for task in (made["taskId"], "nope")
        ]

    for task, said in zip((made["taskId"], "nope"), answers, strict=True):
        assert said == [{"code": -32602, "message": "Unknown task", "data": {"taskId": task}}] * 3


async def test_who_does_not_declare_the_extension_is_told_so(session: Session) -> None:
    refused = [await session.ask(method, {"extensions": {}}, taskId="x") for method in METHODS]

    assert [(each["code"], each["data"]) for each in refused] == [
        (-32021, {"requiredCapabilities": DECLARED})
    ] * 3


async def test_methods_of_the_former_tasks_are_gone(session: Session) -> None:
    refused = [await session.ask(method, taskId="x") for method in ("tasks/list", "tasks/result")]

    assert [each["code"] for each in refused] == [-32601, -32601]


async def test_other_tools_answer_at_once(session: Session) -> None:
    answer = await session.ask("tools/call", name="session_list", arguments={})

    assert (answer["resultType"], "taskId" in answer) == ("complete", False)


async def test_a_mistake_in_a_request_is_an_answer_and_no_task(session: Session) -> None:
    answer = await session.request("x", timeoutMs=3)

    assert (answer["resultType"], answer["isError"]) == ("complete", True)


async def test_a_task_is_found_after_a_restart(gateway) -> None:
    async with gateway() as opened, joined(opened) as client:
        made = await client.request("hello")
        await client.until(made["taskId"], "completed")
    async with gateway() as opened, joined(opened) as client:
        told = await client.ask("tasks/get", taskId=made["taskId"])

    assert told["result"]["content"][0]["text"] == "hello"


async def test_without_a_place_to_keep_jobs_there_are_no_tasks(gateway, tmp_path) -> None:
    config = tmp_path / "none.toml"
    config.write_text('[persistence]\nbackend = "none"\n')
    async with gateway(LLM_GATEWAY_CONFIG=str(config)) as opened, joined(opened) as client:
        offered = await client.ask("server/discover")
        answer = await client.request("hello")

    assert EXTENSION not in offered["capabilities"].get("extensions", {})
    assert answer["content"][0]["text"] == "hello"


async def test_the_extension_is_offered(session: Session) -> None:
    assert (await session.ask("server/discover"))["capabilities"]["extensions"] == {EXTENSION: {}}


@pytest.mark.parametrize("ending", [None, *ENDINGS])
def test_only_a_run_that_broke_off_by_itself_has_failed(ending) -> None:
    def job(returncode: int | None) -> Job:
        return Job(
            id="j", provider="p", tool="t", principal="local", correlation_id="c", mode="async", directory="/",
            status="ended" if ending else "running", created_at=time.time(), ending=ending, returncode=returncode,
        )  # fmt: skip

    stopped = {"timeout", "idle", "overflow", "ok", "permission_denied"}
    expected = {None: "working", "cancelled": "cancelled"}
    assert status_of(job(1)) == expected.get(ending, "completed")
    assert status_of(job(None)) == expected.get(ending, "completed" if ending in stopped else "failed")

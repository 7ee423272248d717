"""What each backend keeps, which tools there are without one, and what they say then."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
import trio

PATIENCE = 60.0
NONE = {"LLM_GATEWAY_LOGS_DB": "none"}
"""As version 1.7.0 said it."""
VANISHING = {
    "echo_request_async", "llm_job_status", "llm_job_result", "llm_job_cancel", "llm_job_watch", "llm_job_list",
}  # fmt: skip


@pytest.fixture
def memory(tmp_path: Path) -> dict[str, str]:
    config = tmp_path / "memory.toml"
    config.write_text('[persistence]\nbackend = "memory"\nacknowledgeEphemeral = true\n')
    return {"LLM_GATEWAY_CONFIG": str(config)}


async def tools(client: Any) -> set[str]:
    return {tool.name for tool in (await client.list_tools()).tools}


async def called(client: Any, name: str, **arguments: Any) -> Any:
    return json.loads((await client.call_tool(name, arguments)).content[0].text)


async def test_without_a_backend_exactly_the_tools_for_jobs_vanish(connect: Any, memory: Any) -> None:
    with trio.fail_after(PATIENCE):
        async with connect() as kept, connect(**memory) as passing, connect(**NONE) as none:
            everything = await tools(kept)
            assert await tools(passing) == everything
            assert everything - await tools(none) == VANISHING


async def test_each_backend_tells_what_becomes_of_jobs(connect: Any, memory: Any, tmp_path: Path) -> None:
    with trio.fail_after(PATIENCE):
        async with connect() as kept, connect(**memory) as passing, connect(**NONE) as none:
            told = [
                (await called(each, "llm_process_health"))["persistence"] for each in (kept, passing, none)
            ]
    usual = {"dsn": None, "retentionDays": 30.0, "dedupWindowMs": 3_600_000}
    assert told == [
        usual
        | {
            "backend": "sqlite",
            "dbPath": f"{tmp_path}/state/gateway.db",
            "asyncJobsEnabled": True,
            "acknowledgeEphemeral": False,
            "sources": {"configFile": None, "envOverrides": []},
            "warning": None,
        },
        usual
        | {
            "backend": "memory",
            "dbPath": None,
            "asyncJobsEnabled": True,
            "acknowledgeEphemeral": True,
            "sources": {"configFile": memory["LLM_GATEWAY_CONFIG"], "envOverrides": []},
            "warning": "Jobs are forgotten when this gateway ends.",
        },
        usual
        | {
            "backend": "none",
            "dbPath": None,
            "asyncJobsEnabled": False,
            "acknowledgeEphemeral": False,
            "sources": {"configFile": None, "envOverrides": ["LLM_GATEWAY_LOGS_DB"]},
            "warning": "Nothing is kept: there are no jobs that one could come back for.",
        },
    ]


async def test_memory_has_everything_while_it_lasts_and_leaves_nothing(
    connect: Any, memory: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    with trio.fail_after(PATIENCE):
        async with connect(**memory) as client:
            job = (await called(client, "echo_request_async", prompt="hi"))["job"]["id"]
            assert (await called(client, "llm_job_watch", jobId=job))["ended"]
            assert (await called(client, "llm_job_result", jobId=job))["result"]["stdout"] == "hi"
            assert len(os.listdir(tmp_path / "tmp")) == 1
        async with connect(**memory) as client:
            assert (await called(client, "llm_job_status", jobId=job))["error"] == "Job not found"
    assert os.listdir(tmp_path / "tmp") == []
    assert not (tmp_path / "state").exists()


async def test_without_a_backend_a_long_answer_is_fetched_by_a_tool_that_is_there(connect: Any) -> None:
    with trio.fail_after(PATIENCE):
        async with connect(**NONE) as client:
            answer = await client.call_tool("echo_request", {"prompt": "x" * 200_000})
            facts = answer.structured_content
            rest = await called(client, "job_result", jobId=facts["jobId"], cursor=facts["nextCursor"])
    assert (facts["truncated"], facts["fetchWith"], facts["nextCursor"]) == (True, "job_result", "150000")
    assert f"fetch the rest with job_result, jobId {facts['jobId']}, cursor 150000]" in answer.content[0].text
    assert (len(rest["result"]["stdout"]), rest["result"]["stdoutTruncated"]) == (50_000, False)


async def test_without_a_backend_a_request_waits_however_long_it_takes(connect: Any) -> None:
    with trio.fail_after(PATIENCE):
        async with connect(**NONE, SYNC_DEADLINE_MS="50") as client:
            answer = await client.call_tool("echo_request", {"prompt": "ECHO:sleep=0.3 hi"})
    assert answer.content[0].text == "ECHO:sleep=0.3 hi"

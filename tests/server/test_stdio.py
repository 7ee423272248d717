"""A whole request through the official client, in both eras of the protocol."""

import json
import sys

import pytest
import trio

PATIENCE = 60.0
ERAS = ("legacy", "auto")


@pytest.mark.parametrize("era", ERAS)
async def test_an_answer_travels_all_the_way(spawned, gate, era: str) -> None:
    prompt = f"ECHO:tool=digging {gate.words}"

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        if message == "using digging":
            gate.open()

    with trio.fail_after(PATIENCE):
        async with spawned(era) as client:
            result = await client.call_tool("echo_request", {"prompt": prompt}, progress_callback=hear)

    assert (result.is_error, result.content[0].text) == (False, prompt)
    told = result.structured_content
    assert (told["cli"], told["ending"], told["exitCode"], told["retryCount"]) == ("echo", "ok", 0, 0)
    assert told["sessionId"]
    assert told["mcpServers"] == {"requested": []}


@pytest.mark.parametrize("era", ERAS)
async def test_every_tool_tells_what_it_is(connect, era: str) -> None:
    with trio.fail_after(PATIENCE):
        async with connect(era) as client:
            tools = (await client.list_tools()).tools

    assert [tool.name for tool in tools] == [
        "echo_request",
        "echo_request_async",
        "llm_job_status",
        "llm_job_result",
        "llm_job_cancel",
        "llm_job_watch",
        "llm_job_list",
        "llm_process_health",
        "session_create",
        "session_list",
        "session_set_active",
        "session_get",
        "session_delete",
        "session_clear_all",
        "list_models",
        "list_available_models",
        "approval_list",
        "cli_versions",
        "upstream_contracts",
        "cli_upgrade",
        "validate_with_models",
        "second_opinion",
        "red_team_review",
        "consensus_check",
        "ask_model",
        "synthesize_validation",
        "collect_validation",
        "compare_answers",
        "job_status",
        "job_result",
    ]
    assert all(tool.title and tool.description and tool.annotations for tool in tools)
    assert all(tool.input_schema["type"] == "object" for tool in tools)


async def test_a_job_is_started_followed_and_fetched(connect) -> None:
    with trio.fail_after(PATIENCE):
        async with connect() as client:
            begun = json.loads(
                (await client.call_tool("echo_request_async", {"prompt": "hello"})).content[0].text
            )
            job = begun["job"]["id"]
            watched = json.loads((await client.call_tool("llm_job_watch", {"jobId": job})).content[0].text)
            result = json.loads((await client.call_tool("llm_job_result", {"jobId": job})).content[0].text)[
                "result"
            ]
            listed = json.loads((await client.call_tool("llm_job_list", {})).content[0].text)["jobs"]

    assert (begun["success"], begun["job"]["status"], watched["ended"]) == (True, "queued", True)
    assert (result["stdout"], result["status"], result["nextCursor"]) == ("hello", "completed", None)
    assert [each["id"] for each in listed] == [job]


async def test_a_cancelled_call_stops_the_cli(spawned) -> None:
    waiting = trio.CancelScope()

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        waiting.cancel()

    with trio.fail_after(PATIENCE):
        async with spawned() as client:
            with waiting:
                asked = {"prompt": "ECHO:tool=digging ECHO:sleep=60"}
                await client.call_tool("echo_request", asked, progress_callback=hear)
            job = json.loads((await client.call_tool("llm_job_list", {})).content[0].text)["jobs"][0]["id"]
            watched = json.loads((await client.call_tool("llm_job_watch", {"jobId": job})).content[0].text)

    assert watched["job"]["ending"] == "cancelled"


@pytest.mark.parametrize(
    ("arguments", "words", "category"),
    [
        ({}, "one of `prompt` or `promptParts` is required", "validation_error"),
        (
            {"prompt": "a", "promptParts": {"task": "b"}},
            "provide exactly one of `prompt` or",
            "validation_error",
        ),
        ({"prompt": 7}, "Expected `str`, got `int` - at `$.prompt`", "validation_error"),
        ({"prompt": "a", "timeoutMs": 3}, "Expected `int` >= 1000 - at `$.timeoutMs`", "validation_error"),
        ({"prompt": "ECHO:error=401"}, "401 Unauthorized", "cli_error"),
        ({"prompt": "ECHO:sleep=60", "timeoutMs": 1000}, "Command timed out", "timeout"),
    ],
)
async def test_a_failure_is_a_result_that_says_what_to_do(connect, arguments, words, category) -> None:
    with trio.fail_after(PATIENCE):
        async with connect() as client:
            result = await client.call_tool("echo_request", arguments)

    assert result.is_error
    assert result.content[0].text.startswith("Error executing echo CLI")
    assert words in result.content[0].text
    assert result.structured_content["errorCategory"] == category


async def test_an_unknown_parameter_is_told_and_ignored(connect) -> None:
    with trio.fail_after(PATIENCE):
        async with connect() as client:
            result = await client.call_tool("echo_request", {"prompt": "hi", "modle": "x", "effort": None})

    (warning,) = result.structured_content["warnings"]
    assert warning["message"] == "There is no parameter 'modle'; it was ignored. Did you mean 'model'?"


async def test_a_job_that_is_not_there_is_told_in_known_words(connect) -> None:
    with trio.fail_after(PATIENCE):
        async with connect() as client:
            result = await client.call_tool("llm_job_status", {"jobId": "nope"})

    assert result.is_error
    assert json.loads(result.content[0].text) == {"success": False, "error": "Job not found", "jobId": "nope"}


async def test_no_frame_is_larger_than_a_megabyte_and_the_rest_is_fetched(spawned) -> None:
    answer = "x" * 500_000
    with trio.fail_after(PATIENCE):
        async with spawned() as client:
            reply = await client.call_tool("echo_request", {"prompt": f"ECHO:say={answer}"})
            told = reply.structured_content
            text, cursor = reply.content[0].text.partition("\n\n[cut here")[0], told["nextCursor"]
            while cursor is not None:
                page = await client.call_tool("llm_job_result", {"jobId": told["jobId"], "cursor": cursor})
                result = json.loads(page.content[0].text)["result"]
                text, cursor = text + result["stdout"], result["nextCursor"]

    assert text == answer


async def test_what_takes_longer_than_the_deadline_is_handed_over(connect) -> None:
    with trio.fail_after(PATIENCE):
        async with connect(SYNC_DEADLINE_MS="100") as client:
            result = await client.call_tool("echo_request", {"prompt": "ECHO:sleep=60"})

    told = json.loads(result.content[0].text)
    assert (told["status"], told["pollWith"], told["fetchWith"], told["cancelWith"]) == (
        "deferred",
        "llm_job_status",
        "llm_job_result",
        "llm_job_cancel",
    )


async def test_models_are_listed_for_one_provider_or_all(connect) -> None:
    with trio.fail_after(PATIENCE):
        async with connect() as client:
            everything = json.loads((await client.call_tool("list_models", {})).content[0].text)
            unknown = await client.call_tool("list_models", {"cli": "nobody"})

    assert everything["echo"]["defaultModel"] == "echo-1"
    assert unknown.is_error


async def test_without_a_place_to_keep_jobs_nothing_is_offered_that_needs_one(connect, tmp_path) -> None:
    config = tmp_path / "none.toml"
    config.write_text('sync_deadline_ms = 50\n[persistence]\nbackend = "none"\n')
    with trio.fail_after(PATIENCE):
        async with connect(LLM_GATEWAY_CONFIG=str(config)) as client:
            names = {tool.name for tool in (await client.list_tools()).tools}
            answer = await client.call_tool("echo_request", {"prompt": "ECHO:sleep=0.3 hi"})
            told = client.instructions

    assert not {name for name in names if "async" in name or "llm_job" in name}
    assert answer.content[0].text == "ECHO:sleep=0.3 hi"
    assert "async" not in (told or "")
    assert not (tmp_path / "state" / "gateway.db").exists()


async def test_memory_has_to_be_acknowledged(environ, tmp_path) -> None:
    config = tmp_path / "memory.toml"
    config.write_text('[persistence]\nbackend = "memory"\n')
    process = await trio.run_process(
        [sys.executable, "-m", "gateway", "serve"],
        env=environ | {"LLM_GATEWAY_CONFIG": str(config)},
        capture_stderr=True,
        check=False,
    )

    assert process.returncode == 2
    assert b"acknowledgeEphemeral" in process.stderr

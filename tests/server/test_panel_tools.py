"""The tools that ask several models, through the official client, with good and with bad input."""

import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import trio

from gateway.service.receipts import verify
from gateway.testing.choir import voice

PATIENCE = 60.0
VOICES = {
    "agreeing": "ECHO:say=Verdict: yes\nRisks:\n- cost",
    "dissenting": "ECHO:say=Verdict: no, it breaks",
    "failing": "ECHO:error=401",
    "hanging": "ECHO:sleep=60",
    "silent": "ECHO:empty",
}


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """The plugins of a provider for each voice."""
    folder = str(tmp_path_factory.mktemp("voices"))
    written = [voice(folder, name, says) for name, says in VOICES.items()]
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield written
    for name in [name for name in sys.modules if name.startswith("voice_")]:
        del sys.modules[name]


@pytest.fixture(autouse=True)
def voices(environ: dict[str, str], modules: list[str]) -> None:
    """The gateway of these tests has a provider for each voice."""
    environ["GATEWAY_PLUGINS"] = ",".join(modules)


def report_of(result: Any) -> dict[str, Any]:
    told: dict[str, Any] = result.structured_content["report"]
    return told


async def test_a_panel_tells_exactly_who_agreed_who_was_silent_who_failed_and_who_hung(connect) -> None:
    notes: list[str | None] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        notes.append(message)

    asked = {
        "question": "Is it so?",
        "models": ["agreeing", "silent", "failing", "hanging"],
        "timeoutMs": 3000,
    }
    with trio.fail_after(PATIENCE):
        async with connect() as client:
            result = await client.call_tool("validate_with_models", asked, progress_callback=hear)
            told = report_of(result)
            receipt = (await client.read_resource(told["next"]["resource"])).contents[0].text

    assert not result.is_error
    assert [(each["provider"], each["verdict"]) for each in told["results"]] == [
        ("agreeing", "answered"),
        ("silent", "empty"),
        ("failing", "failed"),
        ("hanging", "timed_out"),
    ]
    content = told["report"]["structuredContent"]
    assert (told["status"], content["confidence"]) == ("partial", "low")
    assert content["disagreements"]["signals"] == [
        "silent said nothing",
        "failing failed",
        "hanging ran out of time",
    ]
    assert result.content[0].text == told["report"]["humanReadable"]
    assert {"Agreeing: answered", "Silent: empty", "Failing: failed", "Hanging: timed_out"} <= set(notes)
    assert verify(receipt.encode()) == []


async def test_a_disagreement_is_shown_in_the_words_of_both_and_a_judge_sums_up(connect) -> None:
    asked = {"question": "Is it so?", "judgeModel": "agreeing"}
    with trio.fail_after(PATIENCE):
        async with connect() as client:
            result = await client.call_tool("validate_with_models", asked)

    told = report_of(result)
    assert told["modelList"] == ["agreeing", "dissenting"]
    assert told["report"]["structuredContent"]["disagreements"]["signals"] == [
        'agreeing says "yes"',
        'dissenting says "no, it breaks"',
    ]
    assert (told["synthesis"]["status"], told["synthesis"]["judgeModel"]) == ("completed", "agreeing")
    assert (
        told["synthesis"]["rawJobReference"]["correlationId"]
        == f"validation-judge-{told['validationId']}-agreeing"
    )


ASKING = [
    ("second_opinion", {"answer": "42"}, "second_opinion", ["agreeing"], {"content": "42"}),
    (
        "second_opinion",
        {"answer": "42", "question": "6x7?", "model": "dissenting"},
        "second_opinion",
        ["dissenting"],
        {"content": "42", "question": "6x7?"},
    ),
    (
        "red_team_review",
        {"content": "a plan", "riskLevel": "high"},
        "red_team",
        ["agreeing", "dissenting"],
        {"content": "a plan", "riskLevel": "high"},
    ),
    (
        "consensus_check",
        {"claim": "so", "models": ["agreeing"]},
        "consensus",
        ["agreeing"],
        {"content": "so"},
    ),
    (
        "ask_model",
        {"question": "why?", "model": "dissenting"},
        "ask_model",
        ["dissenting"],
        {"question": "why?"},
    ),
]
"""Tool, arguments, and what the report tells: intent, providers, request."""


async def test_each_tool_asks_whom_it_should(connect) -> None:
    with trio.fail_after(PATIENCE):
        async with connect() as client:
            results = [await client.call_tool(tool, arguments) for tool, arguments, *_ in ASKING]

    told = [(result.structured_content["tool"], report_of(result)) for result in results]
    assert [(tool, each["intent"], each["modelList"], each["originalRequest"]) for tool, each in told] == [
        (tool, intent, seats, request) for tool, _, intent, seats, request in ASKING
    ]
    assert {each["status"] for _, each in told} == {"completed"}


WRONG = [
    ("validate_with_models", {}, "missing required field `question`"),
    ("validate_with_models", {"question": ""}, "length >= 1 - at `$.question`"),
    ("validate_with_models", {"question": "q", "models": ["nobody"]}, "There is no provider 'nobody'"),
    (
        "validate_with_models",
        {"question": "q", "models": "agreeing"},
        "Expected `array`, got `str` - at `$.models`",
    ),
    ("validate_with_models", {"question": "q", "judgeModel": "nobody"}, "There is no provider 'nobody'"),
    ("validate_with_models", {"question": "q", "timeoutMs": 3}, "Expected `int` >= 1000 - at `$.timeoutMs`"),
    ("second_opinion", {"question": "q"}, "missing required field `answer`"),
    (
        "red_team_review",
        {"content": "c", "riskLevel": "extreme"},
        "Invalid enum value 'extreme' - at `$.riskLevel`",
    ),
    ("consensus_check", {"claim": 7}, "Expected `str`, got `int` - at `$.claim`"),
    ("ask_model", {"question": "q", "model": "nobody"}, "There is no provider 'nobody'"),
    ("compare_answers", {"question": "q", "answers": ["one"]}, "length >= 2 - at `$.answers`"),
    (
        "synthesize_validation",
        {"question": "q", "providerResults": []},
        "length >= 1 - at `$.providerResults`",
    ),
    (
        "synthesize_validation",
        {"question": "q", "providerResults": [{"provider": "a", "status": "well"}]},
        "Invalid enum value 'well' - at `$.providerResults[0].status`",
    ),
    ("job_result", {"jobId": "j", "maxChars": 5}, "Expected `int` >= 1000 - at `$.maxChars`"),
    ("collect_validation", {"validationId": "v", "maxWaitMs": -1}, "Expected `int` >= 0 - at `$.maxWaitMs`"),
]
"""Tool, arguments, and the words of the error."""


async def test_bad_input_is_an_error_that_says_what_is_wrong(connect) -> None:
    with trio.fail_after(PATIENCE):
        async with connect() as client:
            results = [await client.call_tool(tool, arguments) for tool, arguments, _ in WRONG]
            jobs = json.loads((await client.call_tool("llm_job_list", {})).content[0].text)["jobs"]

    told = [
        (result.is_error, words if words in result.content[0].text else result.content[0].text)
        for result, (*_, words) in zip(results, WRONG, strict=True)
    ]
    assert told == [(True, words) for *_, words in WRONG]
    assert jobs == []


async def test_what_takes_longer_than_the_client_waits_is_collected_by_another_gateway(connect) -> None:
    asked = {"question": "q", "models": ["agreeing", "hanging"], "timeoutMs": 4000}
    with trio.fail_after(PATIENCE):
        async with connect(SYNC_DEADLINE_MS="500") as client:
            first = report_of(await client.call_tool("validate_with_models", asked))
            resource = (await client.read_resource(first["next"]["resource"])).contents[0].text
        async with connect() as client:
            collected = await client.call_tool("collect_validation", {"validationId": first["validationId"]})
            again = await client.call_tool(
                "collect_validation", {"validationId": first["validationId"], "maxWaitMs": 0}
            )

    assert (first["status"], first["results"][1]["verdict"], first["next"]["sealed"]) == (
        "running",
        "running",
        False,
    )
    assert json.loads(resource)["status"] == "running"
    told = report_of(collected)
    assert (told["status"], told["results"][1]["verdict"], told["next"]["sealed"]) == (
        "partial",
        "timed_out",
        True,
    )
    assert report_of(again) == told


async def test_a_report_that_is_not_there_is_told(connect) -> None:
    with trio.fail_after(PATIENCE):
        async with connect() as client:
            result = await client.call_tool("collect_validation", {"validationId": "nope"})
            with pytest.raises(Exception, match="Validation not found"):
                await client.read_resource("validation://receipt/nope")

    assert result.is_error
    assert json.loads(result.content[0].text) == {
        "success": False,
        "error": "Validation not found",
        "validationId": "nope",
    }


async def test_answers_are_compared_without_asking_anybody(connect) -> None:
    answers = ["Verdict: yes", "Verdict: no", "who knows"]
    with trio.fail_after(PATIENCE):
        async with connect() as client:
            result = await client.call_tool("compare_answers", {"question": "q", "answers": answers})
            jobs = json.loads((await client.call_tool("llm_job_list", {})).content[0].text)["jobs"]

    told = result.structured_content["comparison"]
    assert (told["answerCount"], told["status"], told["stated"], told["distinct"]) == (
        3, "local_summary_only", ["yes", "no", None], 2
    )  # fmt: skip
    assert (told["checks"][0], jobs) == ("agreement", [])


async def test_a_judge_sums_up_results_once_they_are_there(connect) -> None:
    told = []
    with trio.fail_after(PATIENCE):
        async with connect() as client:
            for statuses in (["completed", "failed"], ["completed", "running"], ["failed", "skipped"]):
                results = [
                    {"provider": "a", "status": each, "rationale": "so", "risks": []} for each in statuses
                ]
                asked = {"question": "q", "providerResults": results, "judgeModel": "dissenting"}
                result = await client.call_tool("synthesize_validation", asked)
                synthesis = result.structured_content["synthesis"]
                told.append((synthesis["status"], synthesis["judgeModel"], synthesis.get("text")))

    assert told == [
        ("completed", "dissenting", "Verdict: no, it breaks"),
        ("waiting_for_provider_results", "dissenting", None),
        ("skipped", "dissenting", None),
    ]


async def test_the_job_of_a_seat_is_followed_and_fetched(connect) -> None:
    with trio.fail_after(PATIENCE):
        async with connect() as client:
            told = report_of(await client.call_tool("ask_model", {"question": "q", "model": "agreeing"}))
            job = told["results"][0]["rawJobReference"]["jobId"]
            status = await client.call_tool("job_status", {"jobId": job})
            fetched = json.loads(
                (await client.call_tool("job_result", {"jobId": job, "provider": "agreeing"})).content[0].text
            )
            plain = json.loads((await client.call_tool("job_result", {"jobId": job})).content[0].text)
            wrong = await client.call_tool("job_result", {"jobId": job, "provider": "silent"})

    assert status.structured_content["job"]["status"] == "completed"
    assert (fetched["result"]["stdout"], plain["normalized"]) == ("Verdict: yes\nRisks:\n- cost", None)
    assert fetched["normalized"] == told["results"][0]
    assert (wrong.is_error, "this is a job of agreeing" in wrong.content[0].text) == (True, True)


async def test_a_job_that_is_not_there_is_an_answer_as_it_was_in_1_7_0(connect) -> None:
    with trio.fail_after(PATIENCE):
        async with connect() as client:
            results = [
                await client.call_tool(tool, {"jobId": "nope"}) for tool in ("job_status", "job_result")
            ]

    told = {"success": False, "error": "Job not found", "jobId": "nope"}
    assert [(result.is_error, result.structured_content) for result in results] == [(False, told)] * 2


async def test_an_unknown_parameter_is_told(connect) -> None:
    with trio.fail_after(PATIENCE):
        async with connect() as client:
            result = await client.call_tool("ask_model", {"question": "q", "modle": "silent"})

    words = "There is no parameter 'modle'; it was ignored. Did you mean 'model'?"
    assert result.structured_content["warnings"] == [words]
    assert result.content[0].text.startswith(f"Warning: {words}\n")


async def test_the_tools_take_few_tokens(connect) -> None:
    names = {
        "validate_with_models", "second_opinion", "compare_answers", "red_team_review", "consensus_check", "ask_model",
        "synthesize_validation", "collect_validation", "job_status", "job_result",
    }  # fmt: skip
    with trio.fail_after(PATIENCE):
        async with connect() as client:
            tools = [tool for tool in (await client.list_tools()).tools if tool.name in names]

    seen = [(tool.name, tool.description, tool.input_schema) for tool in tools]
    assert len(json.dumps(seen, separators=(",", ":"))) < 4_000
    assert {tool.name for tool in tools} == names

"""Which tools a client is offered, what their list costs, and that the compact ones go the same way."""

import json
from pathlib import Path

import pytest
import trio

from gateway.plugin.manager import Plugins, load
from gateway.server.profiles import BUDGETS, COMPACT, offered, token_prices

PLUGINS = Path(__file__).parents[2] / "plugins"
PATIENCE = 60.0
HEADROOM = 500
"""Tokens that a plugin may still say without breaking the budget."""


@pytest.fixture(scope="module")
def five() -> Plugins:
    """The plugins of this project, whatever else is installed."""
    return load(sorted(path.name for path in PLUGINS.glob("*/gateway_plugin_*")))


@pytest.fixture(scope="module")
def echo() -> Plugins:
    return load(["gateway.testing.echo"])


@pytest.mark.parametrize(("profile", "headroom"), [("full", HEADROOM), ("compact", 200)])
def test_the_list_of_tools_keeps_its_budget(five: Plugins, profile, headroom: int) -> None:
    assert token_prices(five)[profile] <= BUDGETS[profile] - headroom


@pytest.mark.parametrize("profile", BUDGETS)
async def test_the_price_is_that_of_the_answer_on_the_wire(connect, echo: Plugins, profile) -> None:
    with trio.fail_after(PATIENCE):
        async with connect(LLM_GATEWAY_PROFILE=profile) as client:
            answer = await client.list_tools()

    wire = answer.model_dump_json(by_alias=True, exclude_unset=True, include={"tools"})
    assert token_prices(echo)[profile] == -(-len(wire.encode()) // 4)


def test_no_tool_tells_what_it_returns(five: Plugins) -> None:
    listed = [spec.listed() for profile in BUDGETS for spec in offered(five, profile).values()]
    assert [tool["name"] for tool in listed if "outputSchema" in tool] == []


def test_the_compact_profile_offers_one_request_and_tools_of_the_full_one(five: Plugins) -> None:
    full, compact = offered(five, "full"), offered(five, "compact")
    assert list(compact) == ["request", "provider_options", *COMPACT]
    assert [name for name in COMPACT if compact[name].listed() != full[name].listed()] == []
    assert compact["request"].schema["properties"]["provider"]["enum"] == list(five.providers)


def test_without_a_place_to_keep_jobs_nothing_is_said_of_them(echo: Plugins) -> None:
    compact = offered(echo, "compact", durable=False)
    told = json.dumps([spec.listed() for spec in compact.values()])
    assert "background" not in told
    assert "llm_job" not in told


def test_a_twin_has_the_parameters_of_its_sibling_and_leaves_their_meaning_to_it(echo: Plugins) -> None:
    table = offered(echo, "full")
    sibling, twin = (table[name].schema["properties"] for name in ("echo_request", "echo_request_async"))
    assert set(sibling) - set(twin) == {"optimizeResponse"}
    assert [name for name, field in twin.items() if "description" in field] == []


async def test_a_compact_request_gets_what_the_provider_s_own_tool_gets(connect) -> None:
    asked = {"prompt": "hello", "model": "echo-2"}
    with trio.fail_after(PATIENCE):
        async with connect(LLM_GATEWAY_PROFILE="compact") as client:
            options = {"outputFormat": "stream-json", "effort": "low"}
            compact = await client.call_tool("request", {"provider": "echo", "options": options, **asked})
        async with connect() as client:
            full = await client.call_tool("echo_request", {**options, **asked, "forceRefresh": True})

    varying = {"sessionId", "jobId", "correlationId", "durationMs"}
    told = [{name: value for name, value in each.structured_content.items() if name not in varying} for each in (compact, full)]  # fmt: skip
    assert told[0] == told[1]
    assert compact.content[0].text.count('"hello"') == full.content[0].text.count('"hello"')


async def test_a_compact_request_in_the_background_is_a_job(connect) -> None:
    with trio.fail_after(PATIENCE):
        async with connect(LLM_GATEWAY_PROFILE="compact") as client:
            begun = await client.call_tool(
                "request", {"provider": "echo", "prompt": "hello", "background": True}
            )
            job = begun.structured_content["job"]["id"]
            await client.call_tool("llm_job_watch", {"jobId": job})
            result = json.loads((await client.call_tool("llm_job_result", {"jobId": job})).content[0].text)

    assert result["result"]["stdout"] == "hello"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "missing required field `provider`"),
        ({"provider": "nobody", "prompt": "a"}, "Installed: echo"),
        ({"provider": "echo", "prompt": 7}, "Expected `str`, got `int` - at `$.prompt`"),
        ({"provider": "echo", "prompt": "a", "options": 7}, "Expected `object`, got `int` - at `$.options`"),
        ({"provider": "echo", "prompt": "a", "options": {"effort": "x"}}, "at `$.options.effort`"),
        ({"provider": "echo", "prompt": "a", "options": {"topics": [1]}}, "at `$.options.topics[0]`"),
        ({"provider": "echo", "prompt": "a", "effort": "x"}, "at `$.effort`"),
        ({"provider": "echo", "prompt": "a", "options": {"prompt": "b"}}, "Given twice: prompt"),
        ({"provider": "echo", "prompt": "a", "tool": "dig"}, "It has echo_request."),
    ],
)
async def test_a_mistake_in_a_compact_request_names_its_place(connect, arguments, words: str) -> None:
    with trio.fail_after(PATIENCE):
        async with connect(LLM_GATEWAY_PROFILE="compact") as client:
            result = await client.call_tool("request", arguments)

    assert result.is_error
    assert words in result.content[0].text


@pytest.mark.parametrize("place", ["arguments", "options"])
async def test_an_error_is_told_with_the_words_of_the_request_wherever_they_stood(connect, place) -> None:
    own = {"correlationId": "mine", "effort": "x"}
    asked = {"provider": "echo", "prompt": "hi", **(own if place == "arguments" else {"options": own})}
    with trio.fail_after(PATIENCE):
        async with connect(LLM_GATEWAY_PROFILE="compact") as client:
            result = await client.call_tool("request", asked)

    assert result.structured_content == {
        "ending": "input_invalid",
        "errorCategory": "validation_error",
        "exitCode": None,
        "cli": "echo",
        "correlationId": "mine",
    }


async def test_an_option_that_a_provider_does_not_have_is_told_with_the_nearest(connect) -> None:
    asked = {"provider": "echo", "prompt": "hi", "options": {"efort": "low"}}
    with trio.fail_after(PATIENCE):
        async with connect(LLM_GATEWAY_PROFILE="compact") as client:
            result = await client.call_tool("request", asked)

    (warning,) = result.structured_content["warnings"]
    assert warning["message"] == "There is no parameter 'efort'; it was ignored. Did you mean 'effort'?"


async def test_what_a_provider_takes_can_be_looked_up(connect) -> None:
    with trio.fail_after(PATIENCE):
        async with connect(LLM_GATEWAY_PROFILE="compact") as client:
            told = (await client.call_tool("provider_options", {"provider": "echo"})).structured_content

    (tool,) = told["tools"]
    assert (told["provider"], told["resume"], tool["tool"]) == (
        "echo", ["fork", "id", "latest", "new"], "echo_request",
    )  # fmt: skip
    assert tool["options"]["effort"] == {"enum": ["high", "low"]}
    assert "prompt" not in tool["options"]


@pytest.mark.parametrize("profile", BUDGETS)
async def test_instructions_and_skills_name_only_tools_that_are_there(
    connect, five: Plugins, profile
) -> None:
    with trio.fail_after(PATIENCE):
        async with connect(LLM_GATEWAY_PROFILE=profile) as client:
            skill = (await client.read_resource("skills://asking-another-model")).contents[0].text
            told = (client.instructions or "") + skill

    assert ("echo_request" in told) == (profile == "full")
    assert ("`request` with provider `echo`" in told) == (profile == "compact")

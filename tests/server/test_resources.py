"""Everything that is advertised can be read, through the official client."""

import json

import pytest
import trio
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS

PATIENCE = 60.0


@pytest.mark.parametrize("era", ["legacy", "auto"])
async def test_every_advertised_resource_can_be_read(connect, era: str) -> None:
    with trio.fail_after(PATIENCE):
        async with connect(era) as client:
            listed = (await client.list_resources()).resources
            read = {str(each.uri): await client.read_resource(str(each.uri)) for each in listed}

    assert {"sessions://all", "sessions://echo", "models://echo"} <= set(read)
    contents = [result.contents[0] for result in read.values()]
    bodies = [each.text for each in contents if each.mime_type == "application/json"]
    assert all(isinstance(json.loads(body), dict) for body in bodies)


async def test_a_resource_that_is_not_there_is_an_error_that_names_it(connect) -> None:
    with trio.fail_after(PATIENCE):
        async with connect() as client:
            with pytest.raises(MCPError) as missing:
                await client.read_resource("models://nobody")

    assert (missing.value.error.code, missing.value.error.data) == (
        INVALID_PARAMS,
        {"uri": "models://nobody"},
    )


async def test_a_session_is_listed_chosen_and_forgotten(connect) -> None:
    async def tell(client, name: str, **arguments: object) -> dict:
        return json.loads((await client.call_tool(name, arguments)).content[0].text)

    with trio.fail_after(PATIENCE):
        async with connect() as client:
            first = (await client.call_tool("echo_request", {"prompt": "ECHO:turns"})).structured_content
            listed = await tell(client, "session_list", cli="echo")
            chosen = await tell(client, "session_set_active", cli="echo", sessionId=first["sessionId"])
            second = await client.call_tool("echo_request", {"prompt": "ECHO:turns"})
            fresh = await client.call_tool("echo_request", {"prompt": "ECHO:turns", "createNewSession": True})
            got = await tell(client, "session_get", sessionId=first["sessionId"])
            gone = await tell(client, "session_delete", sessionId=first["sessionId"])
            missing = await tell(client, "session_get", sessionId=first["sessionId"])

    assert [session["id"] for session in listed["sessions"]] == [first["sessionId"]]
    assert chosen == {"success": True, "cli": "echo", "activeSessionId": first["sessionId"]}
    assert (second.content[0].text, fresh.content[0].text) == ("2", "1")
    assert (got["session"]["isActive"], got["session"]["source"]) == (True, "chosen")
    assert gone["deletedSession"]["id"] == first["sessionId"]
    assert missing == {"success": False, "error": "Session not found"}


async def test_a_session_of_our_own_making_never_reaches_a_cli(connect) -> None:
    with trio.fail_after(PATIENCE):
        async with connect() as client:
            made = json.loads((await client.call_tool("session_create", {"cli": "echo"})).content[0].text)[
                "session"
            ]
            refused = await client.call_tool("echo_request", {"prompt": "hi", "sessionId": made["id"]})
            answered = await client.call_tool("echo_request", {"prompt": "ECHO:turns"})

    assert made["id"].startswith("gw-")
    assert made["isActive"]
    assert 'uses reserved prefix "gw-"' in refused.content[0].text
    assert answered.content[0].text == "1"


async def test_the_environment_names_models_and_aliases(connect) -> None:
    with trio.fail_after(PATIENCE):
        async with connect(ECHO_DEFAULT_MODEL="echo-2", ECHO_MODEL_ALIASES="quick=echo-1") as client:
            told = json.loads((await client.read_resource("models://echo")).contents[0].text)
            plain = (await client.call_tool("echo_request", {"prompt": "a"})).structured_content["model"]
            alias = (
                await client.call_tool("echo_request", {"prompt": "a", "model": "quick"})
            ).structured_content

    assert (told["defaultModel"], told["defaultModelSource"], told["aliases"]["quick"]) == (
        "echo-2",
        "env",
        "echo-1",
    )
    assert (plain, alias["model"]) == ("echo-2", "echo-1")


@pytest.mark.parametrize("era", ["legacy", "auto"])
async def test_the_cache_states_can_be_read(connect, era: str) -> None:
    with trio.fail_after(PATIENCE):
        async with connect(era) as client:
            parts = {"system": "be brief", "task": "hello"}
            told = (await client.call_tool("echo_request", {"promptParts": parts})).structured_content
            templates = (await client.list_resource_templates()).resource_templates
            session = await client.read_resource(f"cache_state://session/{told['sessionId']}")
            everything = await client.read_resource("cache_state://global")
            got = await client.call_tool("session_get", {"sessionId": told["sessionId"]})
            performance = await client.read_resource("metrics://performance")

    assert {template.uri_template for template in templates} >= {
        "cache_state://session/{sessionId}",
        "cache_state://prefix/{hash}",
    }
    assert json.loads(session.contents[0].text)["requestCount"] == 1
    assert json.loads(everything.contents[0].text)["totalRequests"] == 1
    assert json.loads(got.content[0].text)["session"]["cacheState"]["requestCount"] == 1
    assert json.loads(performance.contents[0].text)["totalRequests"] == 1


async def test_a_head_that_changed_is_told_with_the_place(connect, tmp_path) -> None:
    config = tmp_path / "gateway.toml"
    config.write_text("[cache_awareness]\nwarn_on_ttl_expiry = true\n")
    with trio.fail_after(PATIENCE):
        async with connect(LLM_GATEWAY_CONFIG=str(config)) as client:
            first = await client.call_tool(
                "echo_request", {"promptParts": {"system": "be brief", "task": "a"}}
            )
            again = {
                "promptParts": {"system": "be bright", "task": "b"},
                "sessionId": first.structured_content["sessionId"],
            }
            second = await client.call_tool("echo_request", again)

    assert any("byte 6:" in warning["message"] for warning in second.structured_content["warnings"])

"""Everything that is advertised can be read, through the official client."""

import json

import pytest
import trio

PATIENCE = 30.0


@pytest.mark.parametrize("era", ["legacy", "auto"])
async def test_every_advertised_resource_can_be_read(connect, era: str) -> None:
    with trio.fail_after(PATIENCE):
        async with connect(era) as client:
            listed = (await client.list_resources()).resources
            read = {str(each.uri): await client.read_resource(str(each.uri)) for each in listed}

    assert {"sessions://all", "sessions://echo", "models://echo"} <= set(read)
    assert all(isinstance(json.loads(result.contents[0].text), dict) for result in read.values())


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
            made = json.loads((await client.call_tool("session_create", {"cli": "echo"})).content[0].text)["session"]
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
            alias = (await client.call_tool("echo_request", {"prompt": "a", "model": "quick"})).structured_content

    assert (told["defaultModel"], told["defaultModelSource"], told["aliases"]["quick"]) == ("echo-2", "env", "echo-1")
    assert (plain, alias["model"]) == ("echo-2", "echo-1")

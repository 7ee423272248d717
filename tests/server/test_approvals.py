"""Managed approval through the official client."""

import json

import trio

PATIENCE = 60.0


async def test_a_provider_that_cannot_isolate_mcp_gets_no_managed_approval(connect) -> None:
    with trio.fail_after(PATIENCE):
        async with connect() as client:
            result = await client.call_tool(
                "echo_request", {"prompt": "hi", "approvalStrategy": "mcp_managed"}
            )

    assert result.is_error
    assert "Managed approval cannot be given for Echo" in result.content[0].text


async def test_no_decision_is_listed_where_none_was_taken(connect) -> None:
    with trio.fail_after(PATIENCE):
        async with connect() as client:
            await client.call_tool("echo_request", {"prompt": "hi"})
            listed = json.loads((await client.call_tool("approval_list", {"limit": 5})).content[0].text)

    assert listed == {"success": True, "count": 0, "approvals": []}


async def test_a_blinded_review_is_told_to_people_and_kept_out_of_machine_formats(connect) -> None:
    prompt = "review this code but do not use any tools"
    with trio.fail_after(PATIENCE):
        async with connect() as client:
            text = await client.call_tool("echo_request", {"prompt": prompt})
            document = await client.call_tool("echo_request", {"prompt": prompt, "outputFormat": "json"})

    assert "Review Integrity Warnings (score: 4)" in text.content[0].text
    assert text.structured_content["reviewIntegrity"]["violations"][0]["type"] == "tool_suppression"
    assert "Integrity" not in document.content[0].text


async def test_what_was_saved_is_in_the_result(connect) -> None:
    prompt = "Could you please tell me why the parser is slow in order to help the team?"
    with trio.fail_after(PATIENCE):
        async with connect() as client:
            result = await client.call_tool(
                "echo_request", {"prompt": prompt, "optimizePrompt": True, "optimizeResponse": True}
            )

    saved = result.structured_content["optimization"]
    assert saved["promptBytesBefore"] == len(prompt) > saved["promptBytesAfter"]
    assert saved["promptBytesAfter"] == saved["responseBytesBefore"] == len(result.content[0].text)

"""What a reply tells beside its text."""

import json

import trio

PATIENCE = 60.0
LONG = "".join(f"{number:09d} line\n" for number in range(15_000))


async def test_lines_that_are_cut_say_so_and_how_to_fetch_the_rest(connect) -> None:
    with trio.fail_after(PATIENCE):
        async with connect() as client:
            reply = await client.call_tool("echo_request", {"prompt": LONG, "outputFormat": "stream-json"})
            told = reply.structured_content
            text, cursor = reply.content[0].text, told["nextCursor"]
            while cursor is not None:
                arguments = {"jobId": told["jobId"], "cursor": cursor, "raw": told["raw"]}
                page = await client.call_tool(told["fetchWith"], arguments)
                result = json.loads(page.content[0].text)["result"]
                text, cursor = text + result["stdout"], result["nextCursor"]

    lines = [json.loads(line) for line in text.splitlines()]
    assert [line["text"] for line in lines if line["type"] == "message"] == [LONG]
    assert (told["truncated"], told["raw"]) == (True, True)


async def test_a_short_reply_is_whole_and_tells_the_version_of_the_cli(connect) -> None:
    key = f"echo-key-{'0' * 99}"
    with trio.fail_after(PATIENCE):
        async with connect() as client:
            reply = await client.call_tool("echo_request", {"prompt": f"a {key}"})

    told = reply.structured_content
    assert (reply.content[0].text, told["cliVersion"], "truncated" in told) == (
        "a [redacted]",
        "1.4.0",
        False,
    )


async def test_who_is_not_logged_in_is_told_how_to(connect) -> None:
    with trio.fail_after(PATIENCE):
        async with connect() as client:
            reply = await client.call_tool("echo_request", {"prompt": "ECHO:error=401"})

    assert "Echo needs no login; ECHO_KEY stands for one." in reply.content[0].text

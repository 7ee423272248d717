"""The echo provider passes what every plugin must pass, and its CLI does what the words of a prompt say."""

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trio

from gateway import Launch, ToolUsed
from gateway.config import Config, Limits, Retry
from gateway.host.descendants import marked
from gateway.plugin.manager import Plugins, load
from gateway.rules.arguments import accept
from gateway.service.gateway import Gateway, Ticket, open_gateway
from gateway.service.reply import Reply
from gateway.testing import echo_cli
from gateway.testing.conformance import Conformance

PLUGIN = "gateway.testing.echo"
ECHO: Plugins = load(only=[PLUGIN])


class TestEcho(Conformance):
    provider = "echo"
    plugin = PLUGIN
    transcripts = Path(__file__).parent / "transcripts" / "echo"
    secret_samples = ("echo-key-12345678",)
    also_imports = ("sys",)


class Asking:
    """Asks echo, one request after the other, in one folder."""

    def __init__(self, gateway: Gateway, folder: Path) -> None:
        self.gateway = gateway
        self.folder = folder

    async def submit(self, prompt: str, **arguments: Any) -> Ticket:
        provider = ECHO.provider("echo")
        (tool,) = provider.info.offered()
        told = {"prompt": prompt, "workingDir": str(self.folder), "timeoutMs": 20_000, **arguments}
        return await self.gateway.submit(provider, tool, accept(told, tool.request)[0], mode="async")

    async def __call__(self, prompt: str, **arguments: Any) -> Reply:
        return await self.gateway.wait(await self.submit(prompt, **arguments))


@asynccontextmanager
async def asking(folder: Path, **environ: str) -> AsyncIterator[Asking]:
    config = Config(
        state=str(folder / "state"),
        limits=Limits(output=4 * 2**20),
        retry=Retry(backoff=0.01),
        env=("SHOWN",),
    )
    told = {"HOME": str(folder), "PATH": os.defpath, **environ}
    with trio.fail_after(60):
        async with open_gateway(config, ECHO, told) as gateway:
            yield Asking(gateway, folder)


ANSWERS = [
    ("Hello there", "ok", "Hello there"),
    ("ECHO:say=any text, Grüße", "ok", "any text, Grüße"),
    ("ECHO:empty", "empty", ""),
    ("ECHO:error=401", "auth_required", ""),
    ("ECHO:error=429", "quota_exhausted", ""),
    ("ECHO:error=503", "provider_error", ""),
    ("ECHO:exit=3 ECHO:say=pong", "provider_error", "pong"),
    ("ECHO:half", "provider_error", ""),
    ("ECHO:sleep=0 ECHO:say=pong", "ok", "pong"),
    ("ECHO:ignore-term ECHO:say=pong", "ok", "pong"),
]


@pytest.mark.parametrize(("prompt", "ending", "text"), ANSWERS)
async def test_a_word_of_the_prompt_decides_the_end(
    prompt: str, ending: str, text: str, tmp_path: Path
) -> None:
    async with asking(tmp_path) as ask:
        outcome = (await ask(prompt)).outcome
    assert (outcome.ending, outcome.text) == (ending, text)


async def test_the_session_goes_on_by_id_as_the_latest_and_in_a_fork(tmp_path: Path) -> None:
    async with asking(tmp_path) as ask:
        first = (await ask("ECHO:turns")).outcome
        by_id = (await ask("ECHO:turns", sessionId=first.session_id)).outcome
        latest = (await ask("ECHO:turns", resumeLatest=True)).outcome
        fork = (await ask("ECHO:turns", sessionId=first.session_id, forkSession=True)).outcome
        fresh = (await ask("ECHO:turns")).outcome
    assert [each.text for each in (first, by_id, latest, fork, fresh)] == ["1", "2", "3", "4", "1"]
    assert first.session_id == by_id.session_id == latest.session_id
    assert len({first.session_id, fork.session_id, fresh.session_id}) == 3


async def test_a_session_that_does_not_exist_is_unknown(tmp_path: Path) -> None:
    async with asking(tmp_path) as ask:
        reply = await ask("hello", sessionId="99999999-0000-4000-8000-000000000000")
    assert reply.outcome.ending == "session_unknown"


async def test_a_running_total_is_told_per_request(tmp_path: Path) -> None:
    async with asking(tmp_path) as ask:
        first = await ask("one two ECHO:running-total")
        second = await ask("one two three four ECHO:running-total", sessionId=first.outcome.session_id)
    told = [(each.outcome.usage.input_tokens, each.flight.input_tokens) for each in (first, second)]
    assert told == [(3, 3), (5, 5)]


async def test_the_report_file_adds_what_the_output_does_not_tell(tmp_path: Path) -> None:
    async with asking(tmp_path) as ask:
        usage = (await ask("one two")).outcome.usage
    assert (usage.input_tokens, usage.output_tokens, usage.cache_read_tokens) == (2, 2, 0)


async def test_it_answers_with_its_directory(tmp_path: Path) -> None:
    async with asking(tmp_path) as ask:
        assert (await ask("ECHO:cwd")).text == str(tmp_path)


async def test_it_answers_with_its_arguments(tmp_path: Path) -> None:
    async with asking(tmp_path) as ask:
        reply = await ask("ECHO:argv", model="newest", effort="low", allowedTools=["Read", "Write"])
    words = json.loads(reply.text)
    assert words[:7] == ["--model=echo-2", "--effort", "low", "--allow", "Read", "--allow", "Write"]


async def test_it_answers_with_an_environment_that_holds_only_what_is_declared(tmp_path: Path) -> None:
    given = {"ECHO_KEY": "x", "SHOWN": "y", "DATABASE_URL": "z", "ECHO_CLIENT": "me"}
    async with asking(tmp_path, **given) as ask:
        seen = json.loads((await ask("ECHO:env")).text)
    assert {name: seen.get(name) for name in given} == {
        "ECHO_KEY": "x", "SHOWN": "y", "DATABASE_URL": None, "ECHO_CLIENT": None,
    }  # fmt: skip


async def test_a_tool_that_was_used_is_told(tmp_path: Path) -> None:
    async with asking(tmp_path) as ask:
        reply = await ask("ECHO:tool=Read ECHO:say=pong")
        _, printed = await ask.gateway.result(reply.job.id, None, 10_000, raw=True)
    lines = [line.encode() for line in printed.text.splitlines()]
    assert ToolUsed("Read") in ECHO.provider("echo").decode(lines, Launch(args=()))


async def test_a_long_line_arrives_whole(tmp_path: Path) -> None:
    async with asking(tmp_path) as ask:
        outcome = (await ask("ECHO:line=1 ECHO:error=503")).outcome
    assert outcome.text_bytes == 2**20


async def test_a_flood_that_is_within_the_limit_arrives_whole(tmp_path: Path) -> None:
    async with asking(tmp_path) as ask:
        outcome = (await ask("ECHO:flood=1 ECHO:error=503")).outcome
    assert outcome.text_bytes == 170 * (2**20 // 200)


async def test_a_model_that_is_gone_is_replaced_by_the_default(tmp_path: Path) -> None:
    async with asking(tmp_path) as ask:
        reply = await ask("hello", model="none")
    assert (reply.outcome.ending, reply.outcome.model, reply.flight.retries) == ("ok", "echo-1", 1)


async def test_nothing_is_left_of_a_cli_that_will_not_end_and_of_its_grandchild(tmp_path: Path) -> None:
    async with asking(tmp_path) as ask:
        ticket = await ask.submit("ECHO:grandchild ECHO:ignore-term ECHO:tool=Read ECHO:sleep=60")

        async def cancel(note: str) -> None:
            if note == "using Read":
                await ask.gateway.cancel(ticket.job.id)

        reply = await ask.gateway.wait(ticket, cancel)
        left = marked(ticket.job.id)
    assert (reply.outcome.ending, left) == ("cancelled", [])


async def test_formats_are_text_a_document_and_the_lines_of_the_cli(tmp_path: Path) -> None:
    async with asking(tmp_path) as ask:
        text = (await ask("pong", outputFormat="text")).text
        document = json.loads((await ask("pong", outputFormat="json")).text)
        lines = (await ask("pong", outputFormat="stream-json")).text.splitlines()
    assert text == document["result"] == "pong"
    assert [json.loads(line)["type"] for line in lines] == [
        "start",
        "delta",
        "delta",
        "message",
        "usage",
        "end",
    ]


def test_the_cli_is_short_enough_to_be_read() -> None:
    assert len(Path(echo_cli.__file__).read_text().splitlines()) <= 120

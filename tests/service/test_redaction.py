"""Secrets that a CLI prints are nowhere to be read, whichever way the output is asked for."""

import base64
from pathlib import Path

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from gateway.config import Config, ProviderConfig
from gateway.domain.jobs import Job
from gateway.host.spool import Spool
from gateway.rules.fold import HEAD
from gateway.rules.redact import MARK, REACH, Redactor
from gateway.service.gateway import Gateway
from gateway.service.outputs import STDERR_PAGE, outputs_of
from gateway.service.pages import Page, page_of_file
from gateway.service.spools import Spools
from gateway.service.supervise import STDERR_TAIL

KEY = "echo-key-0123456789abcdef"
REDACT = Redactor((r"echo-key-\w{8,}",))


async def read(gateway: Gateway, job_id: str, *, raw: bool) -> bytes:
    """The whole output, page by page."""
    found, cursor = [], "head"
    while cursor:
        _, page = await gateway.result(job_id, cursor, 10_007, raw=raw)
        found.append(bytes_of(page))
        cursor = page.next_cursor
    return b"".join(found)


def bytes_of(page: Page) -> bytes:
    return base64.b64decode(page.text) if page.encoding == "base64" else page.text.encode()


async def test_an_answer_that_is_folded_once_more_hides_what_its_head_hides(gateway: Gateway, ask) -> None:
    prompt = f"{KEY} {'long ' * 30_000}{KEY} {'longer ' * 30_000}\n{KEY}"
    reply = await ask(gateway, prompt)
    answer = (await read(gateway, reply.job.id, raw=False)).decode()

    assert reply.outcome.text_bytes > len(reply.outcome.text)
    assert answer == prompt.replace(KEY, MARK)
    assert answer.startswith(reply.text)


async def test_a_raw_page_masks_secrets_and_moves_nothing(gateway: Gateway, ask) -> None:
    reply = await ask(gateway, f"a line\n{KEY} and\n{KEY} " * 1000)
    stdout = Path(gateway.spools.of(reply.job.id, 1).at("stdout")).read_bytes()
    told = await read(gateway, reply.job.id, raw=True)

    assert KEY.encode() in stdout
    assert told == REDACT.mask(stdout)
    assert (len(told), KEY.encode() in told) == (len(stdout), False)


async def test_lines_that_are_passed_on_are_masked_too(gateway: Gateway, ask) -> None:
    reply = await ask(gateway, f"a line\n{KEY}", output_format="stream-json")

    assert (KEY in reply.text, r"a line\n***" in reply.text) == (False, True)


async def test_a_warning_hides_secrets_too(opened, ask) -> None:
    async with opened() as gateway:
        with trio.fail_after(60):
            reply = await ask(gateway, f"ECHO:error={KEY}")

    assert KEY not in "".join((*reply.warnings, reply.outcome.error or ""))


@given(st.lists(st.binary(max_size=6) | st.just(KEY.encode())), st.integers(4, 60))
def test_pages_cut_anywhere_are_the_masked_whole(
    tmp_path_factory: pytest.TempPathFactory, parts: list[bytes], most: int
) -> None:
    path = tmp_path_factory.mktemp("masked") / "out"
    path.write_bytes(b" ".join(parts))
    found, cursor = [], "head"
    while cursor:
        page = page_of_file(str(path), cursor, most, REDACT.mask)
        found.append(bytes_of(page))
        cursor = page.next_cursor

    assert b"".join(found) == REDACT.mask(path.read_bytes())


def test_a_secret_that_the_end_of_stderr_cuts_in_two_is_masked(tmp_path: Path) -> None:
    config = Config(state=str(tmp_path))
    job = Job(
        id="j",
        provider="echo",
        tool="echo_request",
        principal="local",
        correlation_id="c",
        mode="sync",
        status="running",
        directory="/",
        created_at=1.0,
    )
    spool: Spool = Spools(config.state).of("j", 1)
    spool.make()
    Path(spool.at("stderr")).write_text(f"{KEY} {'x' * (STDERR_PAGE - 10)}")

    assert outputs_of(config, (r"echo-key-\w{8,}",)).stderr(job) == "*" * 9 + " " + "x" * (STDERR_PAGE - 10)


async def test_a_secret_is_not_cut_in_half_by_the_end_of_stderr_that_is_kept(
    opened, ask, tmp_path: Path
) -> None:
    cli = tmp_path / "cli"
    behind = STDERR_TAIL - len(KEY) // 2
    cli.write_text(f"#!/bin/sh\nprintf '%s%{behind}s' {KEY} . >&2\n")
    cli.chmod(0o700)
    async with opened(providers={"echo": ProviderConfig(executable=str(cli))}) as gateway:
        told = (await ask(gateway, "hello")).outcome.exit.stderr_tail

    assert (told[: len(MARK)], KEY[-8:] in told) == (MARK, False)


async def test_a_secret_is_not_cut_in_half_by_the_end_of_the_head_that_is_kept(gateway: Gateway, ask) -> None:
    """Whether the answer ends soon after it or goes on for long, and whether many came before it."""
    for before in ("x " * (HEAD // 2 - len(KEY) // 4), f"{KEY} " * (HEAD // (len(KEY) + 1)) + "xx "):
        for behind in ("", " y" * REACH):
            reply = await ask(gateway, f"{before}{KEY}{behind}", force_refresh=True)
            answer = (await read(gateway, reply.job.id, raw=False)).decode()
            kept = reply.flight.answer or ""

            assert ("echo" in kept, answer.startswith(kept)) == (False, True)

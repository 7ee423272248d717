"""The tries of a job: what is counted, what bounds them, and what is kept of them."""

import os
import sys
from pathlib import Path

import pytest
import trio
import trio.testing

from gateway.config import Config, Retry
from gateway.plugin.manager import load
from gateway.service.gateway import Gateway, open_gateway
from gateway.service.retention import prune


async def test_a_job_that_is_stopped_between_two_tries_is_cancelled_and_was_tried_once(
    opened, submit
) -> None:
    async with opened(retry=Retry(backoff=60.0)) as gateway:
        with trio.fail_after(60):
            ticket = await submit(gateway, "ECHO:error=503")
            while gateway.spools.of(ticket.job.id, 1).returncode() is None:
                await trio.lowlevel.checkpoint()
            await trio.testing.wait_all_tasks_blocked(0.05)
            assert await gateway.cancel(ticket.job.id)
            reply = await gateway.wait(ticket)

    assert reply is not None
    assert (reply.outcome.ending, reply.flight.retries, reply.job.attempt) == ("cancelled", 0, 1)


async def test_all_tries_of_a_job_share_its_time(opened, ask) -> None:
    async with opened() as gateway:
        reply = await ask(gateway, "ECHO:sleep=1.5 ECHO:error=503", timeout_ms=2900)

    assert (reply.outcome.ending, reply.flight.retries) == ("timeout", 1)


async def test_a_session_the_cli_does_not_know_cannot_be_continued(gateway: Gateway, ask) -> None:
    reply = await ask(gateway, "hello", session_id="nobodys")

    assert (reply.outcome.ending, reply.outcome.session_id, reply.job.session_id) == (
        "session_unknown",
        None,
        None,
    )
    assert (
        await gateway.database.read(lambda connection: list(connection.execute("select id from sessions")))
        == []
    )


async def test_files_that_lead_nowhere_do_not_keep_old_jobs(gateway: Gateway, ask) -> None:
    reply = await ask(gateway, "hello")
    os.symlink("/nowhere", os.path.join(gateway.spools.home(reply.job.id), "dangling"))
    pruned = await prune(gateway.database, gateway.spools.folder, 1e-9, dry_run=False)

    assert (pruned.jobs, os.listdir(gateway.spools.folder)) == ((reply.job.id,), [])


WIDENING = """
from gateway import hookimpl
from msgspec.structs import replace

@hookimpl(wrapper=True)
def gateway_retry(request):
    amended = yield
    return amended and replace(amended, permission="anything")
"""
REFUSING = """
from gateway import Verdict, hookimpl
from msgspec import UNSET

@hookimpl
def gateway_admit(request):
    return Verdict("refused", "no default models here") if request.model is UNSET else None
"""


@pytest.mark.parametrize("source", [WIDENING, REFUSING], ids=["asks for more", "is refused"])
async def test_a_second_try_that_would_not_have_been_let_in_is_not_made(
    config: Config, environ: dict[str, str], ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    (tmp_path / "second_try.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "second_try", raising=False)
    plugins = load(["gateway.testing.echo", "second_try"])
    async with open_gateway(config, plugins, environ) as gateway:
        reply = await ask(gateway, "hello", model="none")

    assert (reply.outcome.ending, reply.flight.retries) == ("model_unknown", 0)

"""``gateway jobs result``: a job's answer, or what its CLI printed."""

import base64
import sys
from collections.abc import AsyncIterator, Awaitable, Callable

import click
from msgspec import Struct

from gateway.cli import local
from gateway.cli.exits import EXITS
from gateway.cli.lookup import find, outputs, state, whose
from gateway.cli.main import Interrupt, run
from gateway.cli.output import complain, is_terminal, show_json
from gateway.cli.suggestions import job_ids
from gateway.domain.flights import Flight
from gateway.domain.jobs import Job
from gateway.domain.outcome import REMEDIES
from gateway.service.pages import PAGE, Page

Read = Callable[[str | None], Awaitable[Page]]
"""The page at a cursor."""


class Wanted(Struct, frozen=True, kw_only=True):
    """What of a job is to be printed: all of it, or one page."""

    raw: bool
    cursor: str | None
    most: int | None

    @property
    def one_page(self) -> bool:
        return self.cursor is not None or self.most is not None


@click.command("result")
@click.argument("job_id", metavar="ID", shell_complete=job_ids)
@click.option(
    "--raw", is_flag=True, help="What the CLI printed, byte for byte but for secrets, instead of the answer."
)
@click.option("--cursor", help='Only the page that begins here: nextCursor of a page, "head" or "tail".')
@click.option(
    "--max-chars", "most", type=click.IntRange(1, PAGE), help="Only one page, of at most so many bytes."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of the bare text.")
@click.pass_context
def result(
    ctx: click.Context, *, job_id: str, raw: bool, cursor: str | None, most: int | None, as_json: bool
) -> None:
    """Print a job's answer: the whole of it, or one page.

    A job that still runs has no answer yet: what its CLI has printed so far is shown. The exit code is that of the
    job's ending; with --raw it is 0.
    """

    async def look(_: Interrupt) -> Job:
        async with local.database() as database:
            job, flight = await find(database, job_id, whose(ctx))
        wanted = Wanted(raw=raw or job.status != "ended", cursor=cursor, most=most)
        show = _show_json if as_json else _show
        await show(job, wanted, _pages(_reader(ctx, job, flight, wanted), wanted))
        return job

    job = run(look)
    ctx.exit(EXITS[job.ending] if job.ending and not raw else 0)


def _reader(ctx: click.Context, job: Job, flight: Flight, wanted: Wanted) -> Read:
    from_spool, most = outputs(ctx), wanted.most or PAGE

    async def raw(cursor: str | None) -> Page:
        return from_spool.raw(job, cursor, most)

    async def answer(cursor: str | None) -> Page:
        provider = local.plugins(ctx).provider(job.provider)
        return await from_spool.answer(job, flight, provider, cursor, most)

    return raw if wanted.raw else answer


async def _pages(read: Read, wanted: Wanted) -> AsyncIterator[Page]:
    page = await read(wanted.cursor)
    yield page
    while page.next_cursor is not None and not wanted.one_page:
        page = await read(page.next_cursor)
        yield page


async def _show(job: Job, wanted: Wanted, pages: AsyncIterator[Page]) -> None:
    page, last = None, b""
    async for page in pages:
        last = _bytes(page)
        click.echo(last, nl=False)
    if last and is_terminal(sys.stdout) and not last.endswith(b"\n"):
        click.echo()
    if page is not None and page.next_cursor is not None:
        complain(f"There is more: --cursor {page.next_cursor}")
    if job.ending is None:
        complain(f"The job is {state(job)}; this is what its CLI has printed so far.")
    elif job.ending != "ok" and not wanted.raw:
        complain(f"Error: {job.error or job.ending}", REMEDIES[job.ending])


async def _show_json(job: Job, wanted: Wanted, pages: AsyncIterator[Page]) -> None:
    found = [page async for page in pages]
    data = b"".join(map(_bytes, found))
    binary = any(page.encoding == "base64" for page in found)
    show_json(
        jobId=job.id,
        ending=job.ending,
        error=job.error,
        remedy=(REMEDIES[job.ending] if job.ending else "") or None,
        raw=wanted.raw,
        text=base64.b64encode(data).decode() if binary else data.decode(),
        encoding="base64" if binary else "utf-8",
        nextCursor=found[-1].next_cursor,
        totalBytes=found[-1].total_bytes,
    )


def _bytes(page: Page) -> bytes:
    return base64.b64decode(page.text) if page.encoding == "base64" else page.text.encode()

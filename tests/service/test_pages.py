"""Output, page by page."""

from functools import partial
from pathlib import Path

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import InvalidRequest
from gateway.service.gateway import Gateway
from gateway.service.pages import page_of_file


def pages(path: Path, most: int) -> list[bytes]:
    import base64

    found, cursor = [], None
    while True:
        page = page_of_file(str(path), cursor, most)
        data = base64.b64decode(page.text) if page.encoding == "base64" else page.text.encode()
        found.append(data)
        cursor = page.next_cursor
        if cursor is None:
            return found


@given(text=st.text(), most=st.integers(4, 50))
def test_the_pages_of_a_text_are_the_text(
    tmp_path_factory: pytest.TempPathFactory, text: str, most: int
) -> None:
    path = tmp_path_factory.mktemp("pages") / "out"
    path.write_bytes(text.encode(errors="replace"))

    assert b"".join(pages(path, most)) == path.read_bytes()


@given(data=st.binary(), most=st.integers(4, 50))
def test_the_pages_of_bytes_are_the_bytes(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, most: int
) -> None:
    path = tmp_path_factory.mktemp("pages") / "out"
    path.write_bytes(data)

    assert b"".join(pages(path, most)) == data


def test_the_tail_begins_with_a_whole_character(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("äöüß")

    assert page_of_file(str(tmp_path / "out"), "tail", 5).text == "üß"


def test_a_cursor_that_is_none_of_ours_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="none of ours"):
        page_of_file(str(tmp_path / "out"), "yesterday", 10)


async def test_an_answer_too_large_for_memory_is_paged_whole(gateway: Gateway, ask) -> None:
    reply = await ask(gateway, "ECHO:flood=2 end")
    assert reply.outcome.text == "ECHO:flood=2 end"

    reply = await ask(gateway, "ECHO:line=2 ECHO:sleep=0 " + "x" * 400_000)
    assert reply.outcome.text_bytes > len(reply.outcome.text)
    read, cursor = "", None
    while True:
        _, page = await gateway.result(reply.job.id, cursor, 150_000, raw=False)
        read, cursor = read + page.text, page.next_cursor
        if cursor is None:
            break

    assert read == "ECHO:line=2 ECHO:sleep=0 " + "x" * 400_000


async def test_an_answer_that_nobody_waited_for_leaves_no_part_of_it(gateway: Gateway, ask) -> None:
    job = (await ask(gateway, "word " * 100_000)).job
    home = Path(gateway.spools.home(job.id))
    with trio.fail_after(60):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(partial(gateway.result, job.id, "head", 1000, raw=False))
            while not list(home.glob("1.answer*")):
                await trio.lowlevel.checkpoint()
            nursery.cancel_scope.cancel()

    assert list(home.glob("1.answer*")) == []

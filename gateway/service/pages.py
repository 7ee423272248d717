"""A job's output, page by page: the folded answer, or what the CLI printed byte for byte."""

import base64
import codecs
import os
import uuid
from collections.abc import Callable

from msgspec import Struct

from gateway.domain.jobs import Job
from gateway.errors import InvalidRequest
from gateway.host.faults import reach
from gateway.host.spool import PRIVATE_FILE, Spool, Stream, private_folder
from gateway.plugin.provider import Provider
from gateway.rules.fold import HEAD
from gateway.rules.redact import REACH, Redaction, Redactor
from gateway.service.record import read_record
from gateway.service.tail import Tail

PAGE = 150_000
"""Most bytes of a page: escaped as JSON it still fits a frame of 1 MiB."""


Mask = Callable[[bytes], bytes]
"""Hides some of the bytes and moves none."""


class Page(Struct, frozen=True):
    """A piece of output. ``next_cursor`` is None at the end; ``encoding`` is base64 for what is no UTF-8."""

    text: str
    next_cursor: str | None
    total_bytes: int
    encoding: str = "utf-8"


def start_of(cursor: str | None, total: int, most: int) -> int:
    """Where a page begins: at a cursor of an earlier page, at the head, or at the ``tail``."""
    if cursor is None or cursor == "head":
        return 0
    if cursor == "tail":
        return max(0, total - most)
    if not cursor.isdigit():
        raise InvalidRequest(
            f"cursor: {cursor!r} is none of ours.", hint='Use nextCursor of a page, "head" or "tail".'
        )
    return int(cursor)


def page_of(path: str, cursor: str | None, most: int, mask: Mask | None = None) -> Page:
    """A page of a file, cut between characters. A mask sees beyond the page: a secret may begin before it."""
    total = os.stat(path).st_size if os.path.exists(path) else 0
    most = min(most, PAGE)
    start = start_of(cursor, total, most)
    if start >= total:
        return Page("", None, total)
    before, behind = (min(start, REACH), REACH) if mask else (0, 0)
    with open(path, "rb") as file:
        file.seek(start - before)
        data = file.read(before + most + 3 + behind)
    data = (mask(data) if mask else data)[before : before + most + 3]
    if cursor == "tail":
        skipped = _continuation(data)
        start, data = start + skipped, data[skipped:]
    return _page(data, start, most, total)


def _page(data: bytes, start: int, most: int, total: int) -> Page:
    decoder = codecs.getincrementaldecoder("utf-8")()
    whole = len(data) <= most and start + len(data) >= total
    try:
        text = decoder.decode(data[:most], final=whole)
    except UnicodeDecodeError:
        taken = data[:most]
        return Page(base64.b64encode(taken).decode(), _after(start + len(taken), total), total, "base64")
    taken_bytes = len(data[:most]) - len(decoder.getstate()[0])
    return Page(text, _after(start + taken_bytes, total), total)


def _continuation(data: bytes) -> int:
    """How many bytes at the beginning belong to a character that began before."""
    return next((index for index, byte in enumerate(data[:4]) if byte & 0xC0 != 0x80), 0)


def head_of(path: str, most: int) -> str:
    """The beginning of a text."""
    with open(path, "rb") as file:
        return file.read(most).decode(errors="ignore")


def line_end(data: bytes, most: int) -> int:
    """Where the last whole line ends in the first bytes; where none does, a character."""
    torn = range(most, max(0, most - 4), -1)
    between = next((index for index in torn if data[index] & 0xC0 != 0x80), most)
    return data.rfind(b"\n", 0, most) + 1 or between


def _after(offset: int, total: int) -> str | None:
    return str(offset) if offset < total else None


class AnswerFile:
    """An answer that is too large for memory, written without its secrets where it can be paged."""

    def __init__(self, path: str, redact: Redactor) -> None:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, PRIVATE_FILE)
        self._file = open(handle, "wb")  # noqa: SIM115 - closed by `close`
        self._redaction = Redaction(redact)

    def append(self, text: str) -> None:
        self._write(self._redaction.feed(text))

    def _write(self, text: str) -> None:
        self._file.write(text.encode(errors="replace"))

    def restart(self) -> None:
        self._redaction.end()
        self._file.seek(0)
        self._file.truncate()

    def close(self) -> None:
        self._write(self._redaction.end())
        self._file.close()


async def answer_path(
    job: Job, provider: Provider, spool: Spool, *, head: str | None, redact: Redactor
) -> str:
    """The file that holds the folded answer. It is made on demand: from the head, or by folding once more.

    ``head`` is what the database has of it; None: nothing was kept there.
    """
    path = os.path.join(spool.path, "answer")
    if os.path.exists(path):
        return path
    private_folder(spool.path)
    fresh = f"{path}.{uuid.uuid4().hex}"
    answer = AnswerFile(fresh, redact)
    try:
        if head is not None and job.answer_bytes <= HEAD:
            answer.append(head)
        else:
            told = read_record(spool)
            if told is not None:
                await Tail(provider, told.launch, spool, answer).finish()
    finally:
        answer.close()
    reach("answered")
    os.replace(fresh, path)
    return path


def stream_path(spool: Spool, stream: Stream) -> str:
    return os.path.join(spool.path, stream)

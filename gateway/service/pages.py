"""A job's output, page by page: the folded answer, or what the CLI printed byte for byte."""

import base64
import codecs
import io
import os
from collections.abc import Callable
from typing import BinaryIO

from msgspec import Struct

from gateway.errors import InvalidRequest
from gateway.rules.redact import REACH

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


def page_of_file(path: str, cursor: str | None, most: int, mask: Mask | None = None) -> Page:
    """A page of a file; one that is not there is empty."""
    try:
        with open(path, "rb") as file:
            return page_of(file, os.fstat(file.fileno()).st_size, cursor, most, mask)
    except FileNotFoundError:
        return page_of(io.BytesIO(), 0, cursor, most)


def page_of(file: BinaryIO, total: int, cursor: str | None, most: int, mask: Mask | None = None) -> Page:
    """A page of so many bytes, cut between characters. A mask sees beyond the page: a secret may begin before it."""
    most = min(most, PAGE)
    start = start_of(cursor, total, most)
    if start >= total:
        return Page("", None, total)
    before, behind = (min(start, REACH), REACH) if mask else (0, 0)
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

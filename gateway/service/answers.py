"""Whole answers, each in a file of its own, made when somebody asks for one that no head holds."""

import codecs
import os
import uuid
from contextlib import closing, suppress

import trio

from gateway.host.faults import reach
from gateway.host.spool import CHUNK, PRIVATE_FILE, Spool, private_folder
from gateway.plugin.provider import Provider
from gateway.rules.redact import Redaction, Redactor
from gateway.rules.rests import Rest
from gateway.rules.shortening import unescaped
from gateway.service.record import read_record
from gateway.service.tail import Tail


class AnswerFile:
    """An answer that is too large for memory, written without its secrets where it can be paged.

    What was cut off from a long text is copied from the output, by `settle`; what comes meanwhile waits.
    """

    def __init__(self, path: str, redact: Redactor, spool: Spool) -> None:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, PRIVATE_FILE)
        self._file = open(handle, "wb")  # noqa: SIM115 - closed by `close`
        self._redaction = Redaction(redact)
        self._spool = spool
        self._waiting: list[str | Rest] = []

    def append(self, text: str) -> None:
        if self._waiting:
            self._waiting.append(text)
        else:
            self._write(self._redaction.feed(text))

    def leave(self, rest: Rest) -> None:
        self._waiting.append(rest)

    def _write(self, text: str) -> None:
        self._file.write(text.encode(errors="replace"))

    def restart(self) -> None:
        self._waiting.clear()
        self._redaction.end()
        self._file.seek(0)
        self._file.truncate()

    async def settle(self) -> None:
        """Write what waits."""
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            if isinstance(each, str):
                self.append(each)
            else:
                await self._copy(each)

    async def _copy(self, rest: Rest) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        at, torn = rest.start, b""
        while at < rest.end and (data := self._spool.read("stdout", at, min(CHUNK, rest.end - at))):
            at += len(data)
            text, torn = unescaped(torn + data) if rest.escaped else (decoder.decode(data), b"")
            self.append(text)
            await trio.lowlevel.checkpoint()
        self.append((torn or decoder.getstate()[0]).decode(errors="replace"))

    def close(self) -> None:
        self._write(self._redaction.end())
        self._file.close()


async def answer_path(provider: Provider, spool: Spool, redact: Redactor) -> str:
    """The file that holds the folded answer. It is made on demand, by folding once more."""
    path = spool.at("answer")
    if os.path.exists(path):
        return path
    private_folder(spool.folder)
    fresh = f"{path}.{uuid.uuid4().hex}"
    try:
        with closing(AnswerFile(fresh, redact, spool)) as answer:
            if (told := read_record(spool)) is not None:
                await Tail(provider, told.launch, spool, redact=redact, answer=answer).finish()
        reach("answered")
        os.replace(fresh, path)
    finally:
        with suppress(FileNotFoundError):  # else it is the part of an answer that nobody waited for
            os.unlink(fresh)
    return path

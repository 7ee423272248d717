"""Asks the server what clients begin with, and leaves the answers for the next start."""

import logging
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import msgspec
import trio
from mcp.server.lowlevel import Server
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS, MODERN_PROTOCOL_VERSIONS

from gateway.config import Config, config_places
from gateway.config.variables import VARIABLES
from gateway.plugin.discovery import declarations, declared_folder
from gateway.plugin.manager import Plugins
from gateway.server.bootstrap import CAPABILITIES, HANDSHAKE, VERSION
from gateway.server.remembered import PLACE, PREFIX, Memory, installed, sign
from gateway.server.stdio import Reader, Writer
from gateway.service.gateway import Gateway
from gateway.service.skills import files_of_skills

log = logging.getLogger(__name__)

Signs = dict[str, list[int] | None]
CLIENT = {"name": "gateway", "version": "0"}
MOST = 16
"""Files that are kept: one for each way in which the server is started."""


class Remembered(msgspec.Struct, frozen=True):
    """What the file says; `gateway/server/remembered.py` reads it."""

    names: list[str]
    values: str
    installed: str
    files: Signs
    answers: dict[str, int]
    """Each question, and the place of its answer among the texts."""
    texts: list[str]


async def remember(server: Server[Any], gateway: Gateway, memory: Memory) -> None:
    """Leave this server's answers for the next start, unless something may have changed since this one."""
    if memory.answers or gateway.plugins.findings:
        return
    files = took_part(gateway.config, gateway.plugins, memory.environ)
    changed = max(sign[-1] for sign in files.values() if sign)
    if changed < memory.began and installed(sys.path) == memory.installed:
        _keep(memory, files, await recorded(server))


async def recorded(server: Server[Any]) -> dict[str, str]:
    """The server's own answers, as it writes them, by revision and method."""
    found: dict[str, str] = {}
    for version in HANDSHAKE_PROTOCOL_VERSIONS:
        hello = {"protocolVersion": version, "capabilities": {}, "clientInfo": CLIENT}
        found |= await _asked(server, version, {"initialize": hello, **{each: {} for each in HANDSHAKE}})
    for version in MODERN_PROTOCOL_VERSIONS:
        envelope = {"_meta": {VERSION: version, CAPABILITIES: {}}}
        found |= await _asked(server, version, dict.fromkeys(("server/discover", "tools/list"), envelope))
    return found


async def _asked(server: Server[Any], version: str, questions: Mapping[str, Any]) -> dict[str, str]:
    """Ask one connection; what is answered with an error is no answer."""
    methods = list(questions)
    lines = [
        msgspec.json.encode({"jsonrpc": "2.0", "id": place, "method": method, "params": questions[method]})
        for place, method in enumerate(methods)
    ]
    client = _Client(b"\n".join((*lines, b"")), len(lines))
    writer = Writer(client)
    reader = Reader(client, lambda: None, writer)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(writer.pump)
        await server.run(reader, writer, server.create_initialization_options())
        nursery.cancel_scope.cancel()
    return {f"{version} {methods[place]}": result for place, result in _results(client.heard)}


class _Client:
    """A client that asks everything at once and goes when it has been answered."""

    def __init__(self, questions: bytes, due: int) -> None:
        self._questions = questions
        self._due = due
        self._served = trio.Event()
        self.heard = b""

    async def receive_some(self, _: int) -> bytes:
        if not self._questions:
            await self._served.wait()
        asked, self._questions = self._questions, b""
        return asked

    async def send_all(self, data: bytes) -> None:
        self.heard += data
        if self.heard.count(b"\n") >= self._due:
            self._served.set()
        await trio.lowlevel.checkpoint()

    async def aclose(self) -> None:
        await trio.lowlevel.checkpoint()


def _results(heard: bytes) -> Iterator[tuple[int, str]]:
    """The id and the result of each frame, the latter to the byte."""
    for frame in heard.decode().split("\n"):
        head, found, rest = frame.partition(',"result":')
        if found:
            yield msgspec.json.decode(head + "}")["id"], rest.removesuffix("}")


def took_part(config: Config, plugins: Plugins, environ: Mapping[str, str]) -> Signs:
    """The files that the answers are made of, as they are now."""
    packages = {"gateway", *(plugin.module.partition(".")[0] for plugin in plugins.loaded)}
    loaded = (module for name, module in list(sys.modules.items()) if name.partition(".")[0] in packages)
    modules = [path for module in loaded if (path := getattr(module, "__file__", None))]
    paths = (*modules, *files_of_skills(config.skills), *_configured(environ))
    return {path: sign(path) for path in map(_from_home, paths)}


def _configured(environ: Mapping[str, str]) -> Iterator[str]:
    """Where the configuration may lie, and the providers that are declared beside it."""
    for place in config_places(environ):
        declared = declared_folder(place)
        yield from (place, declared, *declarations(declared).values())


def _from_home(path: str) -> str:
    """A path as it is for everybody who has it in the home folder: answers do not depend on whose that is."""
    home = os.path.expanduser("~")
    return f"~{path.removeprefix(home)}" if path.startswith(f"{home}/") else path


def _keep(memory: Memory, files: Signs, found: Mapping[str, str]) -> None:
    texts = list(dict.fromkeys(found.values()))
    names = [name for name in VARIABLES if name != PLACE]
    said = Remembered(
        names=names,
        values=memory.values(names),
        installed=memory.installed,
        files=files,
        answers={question: texts.index(text) for question, text in found.items()},
        texts=texts,
    )
    for path in memory.paths:
        try:
            os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
            _write(path, msgspec.json.encode(said))
            _tidy(os.path.dirname(path))
        except OSError as error:
            log.debug("answers cannot be kept at %s: %s", path, error)
        else:
            return


def _write(path: str, data: bytes) -> None:
    """Write a private file whole or not at all."""
    new = f"{path}.{os.getpid()}"
    try:
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with open(handle, "wb") as file:
            file.write(data)
        os.replace(new, path)
    except OSError:
        if os.path.exists(new):
            os.unlink(new)
        raise


def _tidy(folder: str) -> None:
    """Drop the oldest files beyond those that are kept. Another gateway may be doing the same."""
    ours: list[tuple[int, str]] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(PREFIX):
                with suppress(FileNotFoundError):
                    ours.append((entry.stat().st_mtime_ns, entry.path))
    for _, path in sorted(ours)[:-MOST]:
        with suppress(FileNotFoundError):
            os.unlink(path)

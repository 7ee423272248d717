"""Puts our entry among a client's MCP servers, takes it out again, and says how it stands there."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Literal

from msgspec import Struct

from gateway.domain.launch import McpServer
from gateway.domain.provider import ServersFile
from gateway.errors import ConfigError, InvalidRequest, NotFound, Refused
from gateway.host.files import home_of
from gateway.host.rewriting import Changed, read_whole, rewrite
from gateway.plugin.manager import Plugins
from gateway.rules.servers import Presence, entry, presence, removed, written
from gateway.service.clients import known_clients

TRIES = 10
"""How often a file is read anew that another program writes meanwhile."""
WRONG = (OSError, ValueError, KeyError, TypeError)
"""What comes of files that cannot be read or written, and of forms of JSON and TOML that cannot be edited."""


Edit = Callable[[str], str]


class Place(Struct, frozen=True, kw_only=True):
    """A client's file, and our entry as it ought to stand there."""

    client: str
    title: str
    path: str
    file: ServersFile
    name: str
    entry: Mapping[str, Any]

    @property
    def lines(self) -> str:
        """The file as it is where it holds nothing but our entry."""
        return written(self.file, "", self.name, self.entry)


class Change(Struct, frozen=True, kw_only=True):
    """What was done to a client's file."""

    change: Literal["written", "removed", "none"]
    copy: str | None = None
    """Where the file has been kept as it was before."""


def places(
    plugins: Plugins,
    server: McpServer,
    *,
    limit: float,
    environ: Mapping[str, str],
    variables: Sequence[str] = (),
) -> dict[str, Place]:
    """Where our entry goes, in each client that keeps its servers in a file we know."""
    return {
        word: Place(
            client=word,
            title=client.title,
            path=os.path.join(home_of(file.file, environ), file.file.path),
            file=file,
            name=server.name,
            entry=entry(file, server, max(limit, client.call_limit or 0.0), variables),
        )
        for word, client in known_clients(plugins).items()
        if (file := client.servers) is not None and (file.addresses or not server.url)
    }


def place(found: Mapping[str, Place], plugins: Plugins, word: str) -> Place:
    """The one that a person means: by the client's word, or by the command that starts it."""
    commands = {each.info.executable: name for name, each in plugins.providers.items()}
    name = word if word in found else commands.get(word, word)
    known = known_clients(plugins).get(name)
    if known and known.servers and name not in found:
        raise InvalidRequest(
            f"{known.title} only starts the servers that stand in its file; it takes no address of one.",
            hint="Leave out --http: it then starts a gateway of its own.",
        )
    if name not in found:
        raise NotFound(
            f"Nobody has said where {word!r} keeps its MCP servers.", hint=f"Known: {', '.join(found)}."
        )
    return found[name]


def stands(place: Place) -> Presence:
    """How our entry stands in the client's file now."""
    with _explained(place):
        return presence(place.file, _text(read_whole(place.path)), place.name, place.entry)


def write(place: Place) -> Change:
    """Put our entry into the client's file, or make it what it ought to be."""
    return _rewritten(place, "written", lambda text: written(place.file, text, place.name, place.entry))


def remove(place: Place) -> Change:
    """Take our entry out of the client's file."""
    return _rewritten(place, "removed", lambda text: removed(place.file, text, place.name))


def _rewritten(place: Place, change: Literal["written", "removed"], edit: Edit) -> Change:
    with _explained(place):
        for _ in range(TRIES - 1):
            with suppress(Changed):
                return _edited(place, change, edit)
        return _edited(place, change, edit)


def _edited(place: Place, change: Literal["written", "removed"], edit: Edit) -> Change:
    """Edit the file once. One that need not change is not touched."""
    before = read_whole(place.path)
    text = _text(before)
    if presence(place.file, text, place.name, place.entry) == "foreign":
        raise Refused(
            f"{place.path} has an entry {place.name!r} that starts something else; it was left alone.",
            hint="Choose another name with --name.",
        )
    after = edit(text)
    if after == text:
        return Change(change="none")
    return Change(change=change, copy=rewrite(place.path, before, after.encode()))


def _text(content: bytes | None) -> str:
    return (content or b"").decode()


@contextmanager
def _explained(place: Place) -> Iterator[None]:
    """What is wrong with a client's file becomes what a person can do about it. The file is as it was."""
    try:
        yield
    except WRONG as error:
        raise ConfigError(
            f"{place.title}'s {place.path} was left as it is: {error}",
            hint=f"Correct the file, or put this into it by hand:\n{place.lines.rstrip()}",
        ) from error

"""How patient each client is, what that means for requests, and how our entry stands in its file."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from msgspec import Struct

from gateway.config import Config
from gateway.domain.probes import Finding
from gateway.domain.provider import Client
from gateway.errors import ConfigError
from gateway.plugin.manager import Plugins
from gateway.rules.servers import Presence, limit_lines
from gateway.service.clients import known_clients
from gateway.service.patience import patience
from gateway.service.setup import Place, stands


class ClientReport(Struct, frozen=True, kw_only=True):
    """A program that may be our client, and how long it waits for an answer."""

    name: str
    """Its word for ``gateway setup``."""
    title: str
    calls_itself: tuple[str, ...]
    call_limit_seconds: float | None
    handed_over_after_seconds: float | None
    meaning: str
    config_path: str | None
    """None: nobody has said where it keeps its MCP servers."""
    entry: Presence | Literal["unreadable"] | None
    problem: str | None
    """What is wrong with its file."""
    limit_lines: str
    """What makes it wait as long as a request may take; empty: it has no such setting."""
    lines: str
    """The whole entry, with that."""


def clients(config: Config, plugins: Plugins, places: Mapping[str, Place]) -> list[ClientReport]:
    """The known clients, by their words."""
    return [
        _client(word, client, _patience(config, plugins, client), places.get(word))
        for word, client in sorted(known_clients(plugins).items())
    ]


def _patience(config: Config, plugins: Plugins, client: Client) -> float | None:
    return patience(config, plugins, client.names[0] if client.names else None)


def _client(word: str, client: Client, ours: float | None, place: Place | None) -> ClientReport:
    limit = client.call_limit
    gives_up = (
        "how long it waits is not known" if limit is None else f"it gives up on a call after {limit:g} s"
    )
    handed = "requests never" if ours is None else f"requests that take longer than {ours:g} s"
    entry, problem = (None, None) if place is None else _stands(place)
    return ClientReport(
        name=word,
        title=client.title,
        calls_itself=client.names,
        call_limit_seconds=limit,
        handed_over_after_seconds=ours,
        meaning=f"{gives_up}; {handed} become jobs that llm_job_result answers",
        config_path=place.path if place else None,
        entry=entry,
        problem=problem,
        limit_lines=limit_lines(place.file, place.entry) if place else "",
        lines=place.lines if place else "",
    )


def _stands(place: Place) -> tuple[Presence | Literal["unreadable"], str | None]:
    try:
        return stands(place), None
    except ConfigError as error:
        return "unreadable", str(error)


def of_clients(config: Config, reports: Iterable[ClientReport]) -> Iterator[Finding]:
    """The clients whose files are broken, and those that would give up before they are answered."""
    for each in reports:
        if each.problem:
            yield Finding("clients", each.problem, "Correct the file.")
        limit, ours = each.call_limit_seconds, each.handed_over_after_seconds
        patient = limit is None or (each.limit_lines and each.entry == "current")
        if not patient and (ours is None or ours > (limit or 0.0)):
            yield Finding("clients", _impatient(each), _remedy(config, each))


def _impatient(each: ClientReport) -> str:
    return f"{each.title} gives up after {each.call_limit_seconds:g} s, before a long request is handed over as a job."


def _remedy(config: Config, each: ClientReport) -> str:
    if each.limit_lines:
        return f"`gateway setup {each.name} --write` puts {each.limit_lines} into {each.config_path}."
    if not config.persistence.durable:
        return (
            "Set `backend` of `[persistence]` to sqlite: where no jobs are kept, none can be come back for."
        )
    return "Remove sync_deadline_ms from the configuration and SYNC_DEADLINE_MS from the environment."

"""What version 1.7.0 named otherwise: where it kept things, and what there is no more.

Its other keys have kept their names (`gateway/config/keys.py`), as have most of its variables
(`gateway/config/variables.py`).
"""

import os
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from gateway.domain.probes import Finding

KEYS = {
    "persistence.path": "Deprecated: set `state`, a folder. What version 1.7.0 kept at the path is left as it is, and "
    "ours lies beside it, in `PATH.gateway`; `gateway import` brings it over. "
    "A relative one is one of the directory that the gateway is started in, as it was.",
    "persistence.dsn": "Without effect: there is no Postgres backend.",
}
"""The keys of version 1.7.0 that are none of ours, and what becomes of them."""
REFUSED = {
    "persistence.backend = 'postgres'": ": there is no Postgres backend, and one SQLite database serves all gateways "
    "of a machine",
}
"""The values that version 1.7.0 took and we refuse, and why."""

STATE, JOBS, LOGS = "LLM_GATEWAY_STATE", "LLM_GATEWAY_JOBS_DB", "LLM_GATEWAY_LOGS_DB"
SUBJECT = "configuration"
NOTHING = ("", "none")
HOME = "~/.llm-cli-gateway"
"""Where version 1.7.0 kept everything by itself."""
BESIDE = ".gateway"
"""Ends the name of the folder that lies beside a former database."""


class Settled(Struct):
    """What has become of the former names: ``origins`` has the variable, or the former key, of each key they set."""

    origins: dict[str, str]
    findings: list[Finding]

    def tell(self, told: str, remedy: str) -> None:
        self.findings.append(Finding(SUBJECT, told, remedy))

    def set(self, table: dict[str, Any], key: str, value: object, origin: str) -> None:
        table[key.rpartition(".")[2]] = value
        self.origins[key] = origin


def settle(table: dict[str, Any], environ: Mapping[str, str]) -> Settled:
    """Take the former names out of a table, and put in their place what they mean today."""
    settled = Settled({}, [])
    persistence = table.setdefault("persistence", {})
    if not isinstance(persistence, dict):
        return settled
    path = persistence.pop("path") or None if isinstance(persistence.get("path"), str) else None
    if isinstance(persistence.get("dsn"), str) and persistence.pop("dsn"):
        settled.tell("`persistence.dsn` has no effect: there is no Postgres backend.", "Remove it.")
    jobs, logs = environ.get(JOBS, "").strip(), environ.get(LOGS, "").strip()
    named, name = jobs or logs, JOBS if jobs else LOGS
    if named:
        backend = "none" if named == "none" else "sqlite"
        settled.set(persistence, "persistence.backend", backend, name)
    if LOGS in environ and logs in NOTHING and named != "none":
        settled.set(table, "flight_bodies", False, LOGS)
        settled.tell(
            f"{LOGS} is {logs or 'empty'}: no prompt and no answer is kept.", "Set flight_bodies = false."
        )
    if jobs and logs not in (*NOTHING, jobs):
        settled.tell(f"{LOGS} has no effect beside {JOBS}: flights are kept with their jobs.", "Remove it.")
    if named != "none":
        places = {name: named or None, "persistence.path": path}
        _choose(table, places, settled, STATE if environ.get(STATE, "").strip() else "")
    return settled


def _choose(table: dict[str, Any], places: Mapping[str, str | None], settled: Settled, chosen: str) -> None:
    """The first name that says where things are kept counts; ``chosen`` is one that stands before all of them."""
    for origin, path in places.items():
        in_file = origin in KEYS
        if in_file and "state" in table:
            chosen = chosen or "state"
        if path is None:
            continue
        if chosen:
            settled.tell(f"{origin} has no effect beside {chosen}.", "Remove it.")
            continue
        chosen, former = origin, os.path.abspath(os.path.expanduser(path))
        settled.set(table, "state", f"{former}{BESIDE}", origin)
        if in_file:
            settled.tell(
                f"{origin} is deprecated.", f'Set state = "{former}{BESIDE}" at the top of the file.'
            )
        if os.path.exists(former):
            told = (
                f"{former} is a database of version 1.7.0. It is left as it is; ours is in {former}{BESIDE}."
            )
            settled.tell(told, "See what `gateway import` would bring over.")


def places(state: str, environ: Mapping[str, str]) -> list[str]:
    """Where version 1.7.0 may have kept things: databases that it was told to use, and its own folder."""
    named = [environ.get(name, "").strip() for name in (LOGS, JOBS)]
    named += [state.removesuffix(BESIDE)] if state.endswith(BESIDE) else []
    paths = [*(name for name in named if name not in NOTHING), HOME]
    return list(dict.fromkeys(os.path.abspath(os.path.expanduser(path)) for path in paths))

"""``gateway setup``."""

import os
import sys
from collections.abc import Mapping
from typing import Any, Literal, get_args

import click

from gateway.cli import local
from gateway.cli.output import complain, show_facts, show_json, show_table, show_text
from gateway.cli.suggestions import client_names
from gateway.config import Config, Profile
from gateway.domain.launch import McpServer
from gateway.domain.provider import BEARER_VARIABLE
from gateway.errors import ConfigError
from gateway.service.ourselves import doubts, enough, local_server, remote_server, token_file, variables
from gateway.service.setup import Change, Place, place, places, remove, stands, write

Action = Literal["print", "write", "remove"]


@click.command("setup")
@click.argument("client", required=False, shell_complete=client_names)
@click.option("--print", "action", flag_value="print", default="print", help="Show the entry; the default.")
@click.option("--write", "action", flag_value="write", help="Put the entry into the client's file.")
@click.option("--remove", "action", flag_value="remove", help="Take our entry out of it.")
@click.option(
    "--http",
    "url",
    is_flag=False,
    flag_value="",
    metavar="[URL]",
    help="Have it connect to a running `gateway serve --http` instead of starting a gateway of its own.",
)
@click.option("--profile", type=click.Choice(get_args(Profile)), help="The tools that it is offered.")
@click.option("--env", "pairs", multiple=True, metavar="NAME=VALUE", help="For its gateway. (repeatable)")
@click.option("--name", default="gateway", show_default=True, help="What it calls us.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    client: str | None,
    *,
    action: Action,
    url: str | None,
    as_json: bool,
    **wanted: Any,
) -> None:
    """Connect a client: put the gateway among its MCP servers, or take it out.

    Without a CLIENT the clients are listed. All else in a client's file stays as it is, comments too, and a copy of
    the file as it was is kept beside it. No token is written down: clients find that of an HTTP server in
    LLM_GATEWAY_AUTH_TOKEN.
    """
    plugins, config = local.plugins(ctx), local.config()
    local.warn_of_broken(plugins)
    server = _server(config, url, **wanted)
    handed = variables(config, plugins, os.environ)
    found = places(plugins, server, limit=enough(config), environ=os.environ, variables=handed)
    if client is None:
        _list(found, as_json=as_json)
        return
    chosen = place(found, plugins, client)
    change = {"write": write, "remove": remove}[action](chosen) if action != "print" else None
    if action != "remove":
        for doubt, advice in doubts(server):
            complain(f"Warning: {doubt}", advice)
    token = token_file(config, server.url) if server.url and action == "write" else None
    if as_json:
        show_json(**_told(chosen), **_done(change), token_file=token, lines=chosen.lines)
        return
    if change is None:
        show_text(chosen.lines)
        complain(f"This belongs into {chosen.path}; the same command with --write puts it there.")
        return
    _show(chosen, change, action, token)


def _server(
    config: Config, url: str | None, name: str, profile: Profile | None, pairs: tuple[str, ...]
) -> McpServer:
    if url is not None:
        if profile or pairs:
            raise click.UsageError(
                "--profile and --env are for a gateway that the client starts; leave out --http."
            )
        return remote_server(name, url, config)
    args = ("--profile", profile) if profile else ()
    return local_server(name, sys.argv[0], args, os.environ, dict(map(_variable, pairs)))


def _variable(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise click.UsageError(f"--env takes NAME=VALUE, not {text!r}.")
    return name, value


def _list(found: Mapping[str, Place], *, as_json: bool) -> None:
    if as_json:
        show_json(clients=[_told(each) for each in found.values()])
        return
    show_table(
        ("client", "title", "entry", "file"),
        [(each.client, each.title, _state(each), each.path) for each in found.values()],
    )


def _state(place: Place) -> str:
    try:
        return stands(place)
    except ConfigError:
        return "unreadable"


def _told(place: Place) -> dict[str, Any]:
    return {
        "client": place.client,
        "title": place.title,
        "path": place.path,
        "name": place.name,
        "entry": _state(place),
        "verify": place.file.verify,
    }


def _done(change: Change | None) -> dict[str, Any]:
    return {"change": change.change, "copy": change.copy} if change else {"change": "none", "copy": None}


def _show(place: Place, change: Change, action: Action, token: str | None) -> None:
    """What was done, and where it is to be seen."""
    settled = {"write": "nothing: the entry is there already", "remove": "nothing: there is no entry of ours"}
    variable = f'export {BEARER_VARIABLE}="$(cat {token})"' if token else f"{BEARER_VARIABLE} has to hold it"
    show_facts(
        [
            ("client", place.title),
            ("file", place.path),
            ("entry", place.name),
            ("change", settled[action] if change.change == "none" else change.change),
            ("copy", change.copy),
            ("token", variable if action == "write" and "url" in place.entry else None),
            ("check", place.file.verify if action == "write" else None),
        ]
    )

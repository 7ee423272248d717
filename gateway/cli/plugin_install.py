"""``gateway plugins install`` and ``gateway plugins uninstall``."""

import os
import sys
from collections.abc import Iterable

import click
import msgspec
from msgspec import Struct

from gateway.cli import local
from gateway.cli.main import run
from gateway.cli.output import complain, show_json
from gateway.cli.plugin_lookup import distribution, installed
from gateway.cli.progress import progress
from gateway.domain.probes import Command, Finding
from gateway.errors import GatewayError, InvalidRequest, NotFound
from gateway.host.installation import installation
from gateway.host.probes import Ran
from gateway.host.probes import run as run_command
from gateway.plugin.discovery import entry_points

LIMIT = 900.0
"""Seconds that pip may take: it may have to build something."""
GRACE = 5.0
SHOWN = 2000
"""Characters of what pip said that are shown where it fails."""
PIP = ("-m", "pip", "--disable-pip-version-check", "--no-input")


class _Plugin(Struct):
    name: str
    provider: str | None


class _Listed(Struct):
    """What is read of `gateway plugins list --json`."""

    plugins: list[_Plugin]
    quarantined: list[Finding]


@click.command("install")
@click.argument("requirements", nargs=-1, required=True, metavar="PACKAGE...")
@click.option("-e", "--editable", is_flag=True, help="PACKAGE is a folder to work on: use it where it lies.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def install(*, requirements: tuple[str, ...], editable: bool, as_json: bool) -> None:
    """Install plugins into the environment that the gateway runs in.

    PACKAGE is what pip takes: a name, a wheel, a folder. A gateway that is running has to be started again.
    """
    for each in requirements:
        if each.startswith("-"):
            raise InvalidRequest(f"{each!r} is no package.", hint="Options of pip are not passed on.")
    wanted = tuple(_placed(each) for each in requirements)
    here = installation()
    if here.reason:
        raise InvalidRequest(here.reason, hint=f"Run: {here.adding(*wanted)}")
    before = entry_points()
    words = [word for each in wanted for word in (("--editable", each) if editable else (each,))]
    _pip(("install", "--quiet", *words), f"Installing {' '.join(requirements)}")
    _tell(before, as_json=as_json)


@click.command("uninstall")
@click.argument("names", nargs=-1, required=True, metavar="PLUGIN...")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def uninstall(*, names: tuple[str, ...], as_json: bool) -> None:
    """Take plugins out of the environment that the gateway runs in. PLUGIN is as `gateway plugins` lists it."""
    packages = tuple(dict.fromkeys(_package(name) for name in names))
    here = installation()
    if here.reason:
        raise InvalidRequest(here.reason, hint=f"Run: {here.removing(*packages)}")
    before = entry_points()
    _pip(("uninstall", "--quiet", "--yes", *packages), f"Removing {' '.join(packages)}")
    _tell(before, as_json=as_json)


def _placed(requirement: str) -> str:
    """A requirement that still means the same in another folder: pip is run in one of its own."""
    path, bracket, extras = requirement.partition("[")
    if os.path.isfile(path) or (os.path.isdir(path) and (os.sep in path or path.startswith("."))):
        return f"{os.path.abspath(path)}{bracket}{extras}"
    return requirement


def _package(name: str) -> str:
    """The distribution that a plugin came with."""
    for point in installed().values():
        package = distribution(point)
        if package is not None and name in (point.name, package[0]):
            return package[0]
    declared = os.path.join(local.providers_folder(), f"{name}.toml")
    if os.path.exists(declared):
        raise InvalidRequest(f"{name} is declared in a file.", hint=f"Remove {declared}.")
    raise NotFound(f"No plugin {name!r} is installed.", hint="See `gateway plugins`.")


def _pip(args: tuple[str, ...], title: str) -> None:
    """Run pip to its end, in the environment of this interpreter."""
    with progress(title, first="pip is at work"):
        ran = run(lambda _: _python((*PIP, *args)))
    if ran.returncode != 0:
        said = (ran.stderr or ran.stdout).strip()[-SHOWN:]
        raise GatewayError(f"pip failed: {said}", hint="Nothing was changed, unless pip says so.")


async def _python(args: tuple[str, ...]) -> Ran:
    """Run this interpreter, whatever plugins we were told to load."""
    environ = {name: value for name, value in local.environ().items() if name != "GATEWAY_PLUGINS"}
    return await run_command(Command(args, LIMIT), executable=sys.executable, environ=environ, grace=GRACE)


def _tell(before: Iterable[str], *, as_json: bool) -> None:
    """What is there now and was not, and what is gone. A new process sees it as the next gateway will."""
    ran = run(lambda _: _python(("-m", "gateway", "plugins", "list", "--json")))
    now = msgspec.json.decode(ran.stdout, type=_Listed)
    broken = {each.subject.removeprefix("plugin "): each for each in now.quarantined}
    there = {each.name: each.provider for each in now.plugins} | dict.fromkeys(broken)
    added, removed = (
        [name for name in there if name not in before],
        [name for name in before if name not in there],
    )
    if as_json:
        show_json(
            added=added,
            removed=removed,
            quarantined=[broken[name].message for name in added if name in broken],
        )
        return
    for name in added:
        _greet(name, there[name], broken.get(name))
    for name in removed:
        click.echo(f"{name} is gone")
    if not added and not removed:
        click.echo("The same plugins are there as before.")


def _greet(name: str, provider: str | None, trouble: Finding | None) -> None:
    if trouble is not None:
        complain(f"{name} is installed, and quarantined: {trouble.message}", trouble.remedy)
    else:
        click.echo(f"{name} is there" + (f': gateway ask {provider} "hello"' if provider else ""))

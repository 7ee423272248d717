"""`cli_upgrade` changes the CLI that is really there: older releases of the registries, brought to a version and back."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec import json

from .homes import Home
from .real_clis import CLIS, PROVIDERS
from .served import serving

NETWORK = ("SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS", "HTTPS_PROXY", "https_proxy", "NO_PROXY")
"""How this machine reaches the registries."""
INSTALL = 240.0
"""Seconds that an installer may take to put the older release in place."""


FROM_NPM = {name: cli for name, cli in PROVIDERS.items() if cli.npm}
FROM_UV = {name: cli for name, cli in PROVIDERS.items() if cli.uv}


def installed(place: Home, *command: str) -> None:
    """Run an installer in a home. Where its registry cannot be reached there is nothing to try."""
    done = subprocess.run(
        command, env=place.environment, capture_output=True, text=True, timeout=INSTALL, check=False
    )
    if done.returncode:
        pytest.skip(f"{command[0]} cannot install: {done.stderr[-300:]}")


def bare(home: Callable[..., Home], folder: Path) -> Home:
    """A home in which nothing is found but what a test installs into the folder, and the installers."""
    made = home(*CLIS)
    tools = (shutil.which(name) for name in ("npm", "node", "uv"))
    places = dict.fromkeys(os.path.dirname(tool) for tool in tools if tool)
    path = os.pathsep.join((str(folder / "bin"), *places, "/usr/bin", "/bin"))
    network = {name: os.environ[name] for name in NETWORK if name in os.environ}
    return made._replace(environment={**made.environment, **network, "PATH": path})


async def upgraded(place: Home, provider: str, target: str) -> tuple[dict, dict]:
    """The plan and what came of it."""
    environment = {"GATEWAY_PLUGINS": provider}
    async with serving(place, era="legacy", config="", environment=environment) as served:
        planned = await served.call("cli_upgrade", cli=provider, target=target)
        done = await served.call("cli_upgrade", cli=provider, target=target, dryRun=False)
    return json.decode(planned.text), json.decode(done.text)


@pytest.mark.parametrize("newest", [False, True], ids=["named", "latest"])
@pytest.mark.parametrize("name", FROM_NPM)
async def test_a_cli_of_npm_is_upgraded_in_its_place(
    home: Callable[..., Home], tmp_path: Path, name: str, newest: bool
) -> None:
    cli = FROM_NPM[name]
    package, old, new = cli.npm, cli.upgraded_from, cli.version
    place = bare(home, tmp_path / "npm")
    installed(place, "npm", "install", "-g", "--prefix", str(tmp_path / "npm"), f"{package}@{old}")
    planned, done = await upgraded(place, name, "latest" if newest else new)
    assert (planned["dryRun"], planned["plan"]["strategy"]) == (True, "npm-global-install")
    assert (done["success"], done["versionBefore"]) == (True, old), done
    assert done["versionAfter"] == new or (newest and done["versionAfter"] not in (None, old))


@pytest.mark.parametrize("name", FROM_UV)
async def test_a_cli_of_uv_is_brought_to_the_version(
    home: Callable[..., Home], tmp_path: Path, cli_path: Callable[[str], str], name: str
) -> None:
    package, old, new = FROM_UV[name].uv or ("", "", "")
    python = interpreter(cli_path(FROM_UV[name].cli))
    place = bare(home, tmp_path)
    place = place._replace(
        environment={**place.environment, "PATH": f"{place.folder}/.local/bin:{place.environment['PATH']}"}
    )
    installed(place, "uv", "tool", "install", "--python", python, f"{package}=={old}")
    planned, done = await upgraded(place, name, new)
    assert planned["plan"]["strategy"] == "uv-tool-install"
    assert (done["versionBefore"], done["versionAfter"]) == (old, new), done


async def test_an_upgrade_that_the_registry_does_not_know_changes_nothing(
    home: Callable[..., Home], tmp_path: Path
) -> None:
    name, cli = next(iter(FROM_NPM.items()))
    place = bare(home, tmp_path / "npm")
    installed(
        place, "npm", "install", "-g", "--prefix", str(tmp_path / "npm"), f"{cli.npm}@{cli.upgraded_from}"
    )
    _, done = await upgraded(place, name, "999.0.0")
    assert (done["success"], done["versionBefore"], done["versionAfter"]) == (
        False,
        cli.upgraded_from,
        cli.upgraded_from,
    )
    assert "No matching version" in done["stderr"]


def interpreter(script: str) -> str:
    """The interpreter that an installed CLI runs with, which is of a version that the CLI takes."""
    words = Path(script).read_text().split("'")
    found = next((word for word in words if word.endswith("/bin/python")), None)
    if shutil.which("uv") is None or found is None:
        pytest.skip("uv or a Python for the CLI is not there")
    return os.path.realpath(found)

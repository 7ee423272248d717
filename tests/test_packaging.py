"""Wheels in fresh environments: what is installed is there, what is removed is gone, what is broken harms nobody."""

import json
import os
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
PLUGINS = sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))
EXAMPLES = sorted(path.parent for path in ROOT.glob("examples/*/pyproject.toml"))
DISTRIBUTIONS = [ROOT, *PLUGINS, *EXAMPLES]
CLIENT = """
import json, os, sys, trio
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

async def main():
    command = os.path.join(os.path.dirname(sys.executable), "gateway")
    async with Client(stdio_client(StdioServerParameters(command=command, args=["serve"]))) as client:
        tools = (await client.list_tools()).tools
        resources = (await client.list_resources()).resources
        print(json.dumps([[tool.name for tool in tools], [str(each.uri) for each in resources]]))

trio.run(main)
"""
"""Lists what a server offers."""
BROKEN = """
[build-system]
requires = ["flit_core >=3.11,<4"]
build-backend = "flit_core.buildapi"

[project]
name = "gateway-plugin-broken"
version = "0.1.0"
description = "A plugin with a mistake"

[project.entry-points.gateway]
broken = "gateway_plugin_broken"
"""

pytestmark = pytest.mark.acceptance

Run = Callable[..., str]


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheels of the core and of every plugin, built from copies: a build leaves nothing in the checkout."""
    folder = tmp_path_factory.mktemp("wheels")
    sources = []
    for number, path in enumerate(DISTRIBUTIONS):
        source = tmp_path_factory.mktemp("source") / str(number)
        shutil.copytree(path, source, ignore=shutil.ignore_patterns(".*", "__pycache__", "tests", "plugins"))
        sources.append(str(source))
    checked(
        sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), *sources
    )
    return folder


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, wheels: Path) -> Run:
    """Runs a program of a fresh environment in which the core is installed."""
    home = tmp_path_factory.mktemp("environment")
    venv.create(home / "venv", with_pip=True)
    environ = {
        name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "GATEWAY_PLUGINS")
    }
    environ |= {
        "HOME": str(home),
        "LLM_GATEWAY_STATE": str(home / "state"),
        "PATH": os.defpath,  # no CLI of yours
    }

    def program(name: str, *args: str, status: int = 0) -> str:
        return checked(str(home / "venv" / "bin" / name), *args, status=status, env=environ, cwd=home)

    program("pip", "install", "--quiet", "--find-links", str(wheels), str(wheel(wheels, "gateway")))
    return program


def checked(*command: str, status: int = 0, **options: Any) -> str:
    """What a command prints; one that ends otherwise fails the test with what it said."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    assert done.returncode == status, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def wheel(folder: Path, distribution: str) -> Path:
    (found,) = folder.glob(f"{distribution.replace('-', '_')}-[0-9]*.whl")
    return found


def plugins(run: Run) -> tuple[list[str | None], list[dict[str, Any]]]:
    """The providers that are there, and what is quarantined."""
    told = json.loads(run("gateway", "plugins", "--json"))
    return [each["provider"] for each in told["plugins"]], told["quarantined"]


def names() -> list[str]:
    return [path.name for path in PLUGINS]


def test_core_alone_has_no_provider_and_says_hello(run: Run) -> None:
    assert plugins(run) == ([], [])
    told = json.loads(run("gateway", "hello", "--json"))
    assert (told["demo"], [each["ending"] for each in told["providers"]]) == (True, ["ok"])


@pytest.mark.parametrize("name", names())
def test_plugin_is_there_when_installed_and_gone_when_removed(run: Run, wheels: Path, name: str) -> None:
    distribution = f"gateway-plugin-{name}"
    run("pip", "install", "--quiet", "--no-deps", str(wheel(wheels, distribution)))
    there = plugins(run), run("gateway", "ask", name, "--help").split(maxsplit=1)[0]
    run("pip", "uninstall", "--quiet", "--yes", distribution)
    assert (there, plugins(run)) == ((([name], []), "Usage:"), ([], []))


def offered(run: Run) -> dict[str, set[str]]:
    """What users and clients of the installed gateway are offered, by where it is."""
    tools, resources = json.loads(run("python", "-c", CLIENT))
    listed = json.loads(run("gateway", "plugins", "--json"))["plugins"]
    return {
        "plugins": {each["name"] for each in listed},
        "tools": set(tools),
        "resources": set(resources),
        "models": set(json.loads(run("gateway", "models", "--json"))["providers"]),
        "contracts": set(json.loads(run("gateway", "contracts", "--json"))["contracts"]),
        "doctor": set(json.loads(run("gateway", "doctor", "--json", status=1))["providers"]),
        "ask": set(re.findall(r"^  ([a-z-]+)  ", run("gateway", "ask", "--help"), re.MULTILINE)),
    }


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_all_that_a_plugin_brings_is_there_with_its_wheel_and_gone_without_it(
    run: Run, wheels: Path, path: Path
) -> None:
    name, before = path.name, offered(run)
    run("pip", "install", "--quiet", "--no-deps", str(wheel(wheels, f"gateway-plugin-{name}")))
    there = offered(run)
    shown = run("gateway", "plugins", "show", name)
    run("pip", "uninstall", "--quiet", "--yes", f"gateway-plugin-{name}")

    added = {place: found - before[place] for place, found in there.items() if found - before[place]}
    provider = {place: {name} for place in ("plugins", "models", "contracts", "doctor", "ask")} | {
        "tools": {f"{name}_request", f"{name}_request_async"},
        "resources": {f"sessions://{name}", f"models://{name}"},
    }
    assert added == (provider if f"{name}_request" in there["tools"] else {"plugins": {name}})
    assert f"gateway-plugin-{name}" in shown
    assert offered(run) == before


def test_plugin_is_installed_and_removed_by_the_gateway_itself(run: Run, wheels: Path) -> None:
    name = names()[0]
    told = json.loads(
        run("gateway", "plugins", "install", "--json", str(wheel(wheels, f"gateway-plugin-{name}")))
    )
    there = told["added"], plugins(run)
    gone = run("gateway", "plugins", "uninstall", name)
    assert (there, gone, plugins(run)) == (([name], ([name], [])), f"{name} is gone\n", ([], []))


def test_new_package_passes_its_tests_at_once_and_tells_a_line_for_its_readme(
    run: Run, tmp_path: Path, wheels: Path
) -> None:
    run("gateway", "plugins", "new", "fresh", "--into", str(tmp_path))
    package = tmp_path / "gateway-plugin-fresh"
    run("pip", "install", "--quiet", "--find-links", str(wheels), f"{package}[test]")
    said = run("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", str(package))
    run("pip", "uninstall", "--quiet", "--yes", "gateway-plugin-fresh")
    (line,) = [line for line in said.splitlines() if line.startswith("fresh: ")]
    assert re.fullmatch(r"fresh: passes \d+ conformance checks of gateway \S+ \(hooks 1\); \d left out", line)


def test_plugin_that_is_broken_is_listed_with_its_traceback_and_harms_nobody(
    run: Run, wheels: Path, tmp_path: Path
) -> None:
    (tmp_path / "pyproject.toml").write_text(BROKEN)
    package = tmp_path / "gateway_plugin_broken"
    package.mkdir()
    (package / "__init__.py").write_text('"""Broken."""\nfrom gateway_plugin_broken import hooks\n')
    (package / "hooks.py").write_text("def hook(:\n")
    healthy = names()[0]
    run(
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        str(tmp_path),
        str(wheel(wheels, f"gateway-plugin-{healthy}")),
    )
    providers, quarantined = plugins(run)
    run("pip", "uninstall", "--quiet", "--yes", "gateway-plugin-broken", f"gateway-plugin-{healthy}")
    (finding,) = quarantined
    assert (providers, finding["subject"]) == ([healthy], "plugin broken")
    assert "def hook(:" in finding["detail"]
    assert "SyntaxError" in finding["detail"]


@pytest.mark.parametrize("path", DISTRIBUTIONS, ids=lambda path: path.name)
def test_wheel_holds_the_package_and_nothing_beside_it(wheels: Path, path: Path) -> None:
    package = "gateway" if path == ROOT else f"gateway_plugin_{path.name.replace('-', '_')}"
    held = checked(sys.executable, "-m", "zipfile", "--list", str(wheel(wheels, package)))
    folders = {line.split("/")[0] for line in held.splitlines()[1:]}
    assert {folder for folder in folders if not folder.endswith(".dist-info")} == {package}

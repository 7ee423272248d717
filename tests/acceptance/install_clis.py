"""Installs the five real CLIs at pinned versions into one folder, for the acceptance tests.

    python tests/acceptance/install_clis.py DIR [--claude 2.1.197] [--vibe 2.18.4] ...

Everything stays below DIR, caches included; DIR cannot be moved afterwards. What is
there already at the wanted version is kept. What could not be installed is named, and the exit status is 1.
Needs node >= 20 with npm, and for vibe what `install_vibe.sh` says at its top.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

INSTALL_SECONDS = 1800
VERSION_SECONDS = 60


class InstallError(Exception):
    """A CLI cannot be installed here; the message says why."""


class NpmPackage(NamedTuple):
    """A CLI that npm installs."""

    package: str
    script: bool
    """Whether its install script must run: it puts a native binary in place."""


NPM = {
    "claude": NpmPackage("@anthropic-ai/claude-code", script=True),
    "codex": NpmPackage("@openai/codex", script=False),
    "gemini": NpmPackage("@google/gemini-cli", script=False),
    "grok": NpmPackage("@xai-official/grok", script=True),
}

VERSIONS = {"claude": "2.1.330", "codex": "0.169.0", "gemini": "0.61.0", "grok": "1.0.41", "vibe": "3.0.3"}


def run(argv: list[str], *, folder: Path, environment: dict[str, str]) -> None:
    """Run an installer to its end; what it said goes into the error."""
    try:
        done = subprocess.run(
            argv,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=INSTALL_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InstallError(str(error)) from error
    if done.returncode:
        raise InstallError(f"{argv[0]} ended with {done.returncode}:\n{done.stdout[-2000:]}")


def install_from_npm(name: str, version: str, folder: Path, environment: dict[str, str]) -> list[str]:
    """Make an npm project of exactly this package. Return the command that starts the CLI.

    No install script runs by itself: npm's habit changed from version to version, and the scripts of
    gemini's optional dependencies want a compiler. The two that are needed are approved and run by name.
    """
    node = shutil.which("node", path=environment["PATH"])
    if node is None or shutil.which("npm", path=environment["PATH"]) is None:
        raise InstallError("node and npm are missing")
    package, script = NPM[name]
    project = folder / name
    project.mkdir(parents=True)
    manifest = {"private": True, "dependencies": {package: version}, "allowScripts": {package: script}}
    (project / "package.json").write_text(json.dumps(manifest))
    quiet = ["--no-audit", "--no-fund", "--loglevel=error"]
    run(
        ["npm", "install", "--ignore-scripts", "--include=optional", *quiet],
        folder=project,
        environment=environment,
    )
    if script:
        run(["npm", "rebuild", "--loglevel=error", package], folder=project, environment=environment)
    return [str(project / "node_modules" / ".bin" / name)]


def install_vibe(name: str, version: str, folder: Path, environment: dict[str, str]) -> list[str]:
    """Make a virtual environment with vibe. Return the command that starts it."""
    script = Path(__file__).with_name("install_vibe.sh")
    run(["bash", str(script), str(folder), version], folder=folder, environment=environment)
    return [str(folder / name / "bin" / "python"), str(folder / name / "bin" / "vibe")]


INSTALLERS: dict[str, Callable[[str, str, Path, dict[str, str]], list[str]]] = {
    **dict.fromkeys(NPM, install_from_npm),
    "vibe": install_vibe,
}


def scratch_environment(scratch: Path) -> dict[str, str]:
    """The machine's environment, whose settings hold, with every cache inside the scratch folder."""
    places = ("TMPDIR", "GROK_HOME", "npm_config_cache", "PIP_CACHE_DIR", "UV_CACHE_DIR")
    own = {place: str(scratch / place.lower()) for place in places}
    for path in own.values():
        os.makedirs(path)
    return {**os.environ, **own}


def said_version(executable: Path, environment: dict[str, str]) -> str:
    """What the CLI answers to `--version` in a home that is empty, or how it failed."""
    home = environment["TMPDIR"]
    try:
        done = subprocess.run(
            [executable, "--version"],
            env={**environment, "HOME": home, "DISABLE_AUTOUPDATER": "1"},
            cwd=home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=VERSION_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return (done.stdout + done.stderr).strip()


def write_wrapper(wrapper: Path, command: list[str]) -> None:
    """Put a script into `bin` that starts the CLI where it is."""
    wrapper.parent.mkdir(exist_ok=True)
    wrapper.write_text("#!/bin/sh\nexec " + " ".join(f"'{word}'" for word in command) + ' "$@"\n')
    wrapper.chmod(0o755)


def provide(name: str, version: str, folder: Path, environment: dict[str, str]) -> str:
    """Install one CLI unless it is there. Return the line that says so."""
    wrapper = folder / "bin" / name
    if wrapper.exists() and version in said_version(wrapper, environment).split():
        return f"{name} {version} is there already"
    wrapper.unlink(missing_ok=True)
    shutil.rmtree(folder / name, ignore_errors=True)
    write_wrapper(wrapper, INSTALLERS[name](name, version, folder, environment))
    said = said_version(wrapper, environment)
    if version not in said.split():
        wrapper.unlink()
        raise InstallError(f"installed, but `{name} --version` says: {said}")
    return f"{name} {version} is installed"


def main() -> int:
    """Install what is asked for, and say what came of it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", metavar="DIR", type=Path)
    for name, version in VERSIONS.items():
        parser.add_argument(f"--{name}", metavar="VERSION", default=version, help=f"default: {version}")
    arguments = parser.parse_args()
    folder = arguments.folder.resolve()
    if "'" in str(folder) or os.pathsep in str(folder):
        parser.error(f"DIR may hold no quote and no {os.pathsep!r}: {folder}")
    folder.mkdir(parents=True, exist_ok=True)
    missing = 0
    with tempfile.TemporaryDirectory(prefix=".scratch-", dir=folder) as scratch:
        environment = scratch_environment(Path(scratch))
        for name in VERSIONS:
            version = getattr(arguments, name)
            try:
                print(provide(name, version, folder, environment), flush=True)
            except InstallError as error:
                missing += 1
                print(f"{name} {version} could NOT be installed: {error}", flush=True)
    print(f"Use them with:  export GATEWAY_TEST_CLIS={folder / 'bin'}")
    return min(missing, 1)


if __name__ == "__main__":
    sys.exit(main())

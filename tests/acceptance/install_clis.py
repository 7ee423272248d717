"""Installs the real CLIs of all plugins at their versions into one folder, for the acceptance tests.

    python -m tests.acceptance.install_clis DIR [--CLI VERSION] ...

Everything stays below DIR, caches included; DIR cannot be moved afterwards. What is
there already at the wanted version is kept. What could not be installed is named, and the exit status is 1.
Needs node >= 20 with npm, and what the plugins' own scripts say at their top.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from .real_clis import CLIS

INSTALL_SECONDS = 1800
VERSION_SECONDS = 60


class InstallError(Exception):
    """A CLI cannot be installed here; the message says why."""


VERSIONS = {name: cli.version for name, cli in CLIS.items()}


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
    optional dependencies want a compiler. Those that are needed are approved and run by name.
    """
    node = shutil.which("node", path=environment["PATH"])
    if node is None or shutil.which("npm", path=environment["PATH"]) is None:
        raise InstallError("node and npm are missing")
    package, script = CLIS[name].npm, CLIS[name].npm_script
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


def install_by_script(name: str, version: str, folder: Path, environment: dict[str, str]) -> list[str]:
    """Run the plugin's own script, which makes a virtual environment. Return the command that starts the CLI."""
    run(["bash", CLIS[name].script, str(folder), version], folder=folder, environment=environment)
    return [str(folder / name / "bin" / "python"), str(folder / name / "bin" / name)]


def scratch_environment(scratch: Path) -> dict[str, str]:
    """The machine's environment, whose settings hold, with every cache inside the scratch folder."""
    homes = [name for cli in CLIS.values() for name in cli.scratch]
    places = ("TMPDIR", "npm_config_cache", "PIP_CACHE_DIR", "UV_CACHE_DIR", *homes)
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
    install = install_by_script if CLIS[name].script else install_from_npm
    write_wrapper(wrapper, install(name, version, folder, environment))
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

"""The Python environment the gateway runs in, and how packages get into it and out again."""

import os
import shlex
import sys
import sysconfig
import tomllib
from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from typing import Literal

from msgspec import Struct

Kind = Literal["pip", "pipx", "uv tool", "without pip", "system"]
ADDING: dict[Kind, str] = {
    "pip": "{python} -m pip install {packages}",
    "pipx": "pipx inject {tool} {packages}",
    "uv tool": "uv tool install {tool}{kept} --with {packages}",
    "without pip": "uv pip install --python {python} {packages}",
    "system": "python3 -m venv ~/.venvs/gateway && ~/.venvs/gateway/bin/pip install gateway {packages}",
}
REMOVING: dict[Kind, str] = {
    "pip": "{python} -m pip uninstall {packages}",
    "pipx": "pipx uninject {tool} {packages}",
    "uv tool": "uv tool install {tool}{kept}",
    "without pip": "uv pip uninstall --python {python} {packages}",
    "system": "the system's package manager",
}
REASONS: dict[Kind, str] = {
    "pip": "",
    "pipx": "The gateway was installed by pipx, which keeps its own list of what belongs to it.",
    "uv tool": "The gateway was installed by uv tool, which would forget what something else adds.",
    "without pip": "The gateway's environment has no pip.",
    "system": "The gateway runs in the system's own Python, which is managed by its package manager.",
}
PLACES = ("directory", "editable", "path", "url")
"""Keys of uv's receipt that say where a package came from."""


class Installation(Struct, frozen=True, kw_only=True):
    """An environment. ``kept`` are what uv has to be told again, by the names of the packages."""

    kind: Kind
    python: str
    tool: str = "gateway"
    kept: Mapping[str, str] = {}

    @property
    def reason(self) -> str:
        """Why pip must not be used here; empty where it may."""
        return REASONS[self.kind]

    def adding(self, *packages: str) -> str:
        """The command that installs packages here."""
        return self._command(ADDING, packages, self.kept.values())

    def removing(self, *packages: str) -> str:
        """The command that takes packages out again."""
        return self._command(
            REMOVING, packages, [word for name, word in self.kept.items() if name not in packages]
        )

    def _command(self, table: dict[Kind, str], packages: Iterable[str], kept: Iterable[str]) -> str:
        words = [shlex.quote(each) for each in packages]
        return table[self.kind].format(
            python=shlex.quote(self.python),
            tool=shlex.quote(self.tool),
            packages=(" --with " if self.kind == "uv tool" else " ").join(words),
            kept="".join(f" --with {shlex.quote(each)}" for each in kept),
        )


def installation(prefix: str = sys.prefix, base: str = sys.base_prefix) -> Installation:
    """What the running interpreter belongs to."""
    python = sys.executable
    if os.path.exists(os.path.join(prefix, "pipx_metadata.json")):
        return Installation(kind="pipx", python=python, tool=os.path.basename(prefix))
    receipt = os.path.join(prefix, "uv-receipt.toml")
    if os.path.exists(receipt):
        tool = os.path.basename(prefix)
        told = _requirements(receipt)
        return Installation(kind="uv tool", python=python, tool=told.pop(tool, tool), kept=told)
    if prefix == base and os.path.exists(os.path.join(sysconfig.get_path("stdlib"), "EXTERNALLY-MANAGED")):
        return Installation(kind="system", python=python)
    return Installation(kind="without pip" if find_spec("pip") is None else "pip", python=python)


def _requirements(receipt: str) -> dict[str, str]:
    """What uv was told to install, by the names of the packages; nothing where its receipt cannot be read."""
    try:
        with open(receipt, "rb") as file:
            return {each["name"]: _requirement(each) for each in tomllib.load(file)["tool"]["requirements"]}
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError):
        return {}


def _requirement(told: dict[str, str]) -> str:
    """A package as it was named: by the place it came from, or else by its name."""
    place = next((told[key] for key in PLACES if key in told), None)
    return place or f"{told['name']}{told.get('specifier', '')}"

"""The Python environment the gateway runs in, and how packages get into it and out again."""

import os
import shlex
import sys
import sysconfig
import tomllib
from collections.abc import Sequence
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


class Installation(Struct, frozen=True, kw_only=True):
    """An environment. ``kept`` are the packages that uv has to be told again."""

    kind: Kind
    python: str
    tool: str = "gateway"
    kept: tuple[str, ...] = ()

    @property
    def reason(self) -> str:
        """Why pip must not be used here; empty where it may."""
        return REASONS[self.kind]

    def adding(self, *packages: str) -> str:
        """The command that installs packages here."""
        return self._command(ADDING, packages, self.kept)

    def removing(self, *packages: str) -> str:
        """The command that takes packages out again."""
        return self._command(REMOVING, packages, [each for each in self.kept if each not in packages])

    def _command(self, table: dict[Kind, str], packages: Sequence[str], kept: Sequence[str]) -> str:
        words = [shlex.quote(each) for each in packages]
        return table[self.kind].format(
            python=shlex.quote(self.python),
            tool=self.tool,
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
        return Installation(kind="uv tool", python=python, tool=os.path.basename(prefix), kept=_kept(receipt))
    if prefix == base and os.path.exists(os.path.join(sysconfig.get_path("stdlib"), "EXTERNALLY-MANAGED")):
        return Installation(kind="system", python=python)
    return Installation(kind="without pip" if find_spec("pip") is None else "pip", python=python)


def _kept(receipt: str) -> tuple[str, ...]:
    """The packages beside the tool that uv was told to install; none where its receipt cannot be read."""
    try:
        with open(receipt, "rb") as file:
            told = tomllib.load(file)["tool"]["requirements"]
        return tuple(str(each["name"]) for each in told[1:])
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError):
        return ()

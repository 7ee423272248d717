"""What the installed binary is: its version and flags, probed once for each binary and kept on disk."""

import os
import re
from collections.abc import Mapping

import msgspec
import trio
from msgspec import Struct

from gateway.domain.launch import Installed
from gateway.domain.probes import Command, Reading
from gateway.domain.provider import ProviderInfo
from gateway.host.probes import look
from gateway.host.spool import replace_private

_VERSION = re.compile(r"\d+\.\d+(?:\.\d+)*(?:-[\w.]+)?")
_FLAG = re.compile(r"(?<![\w-])--?[A-Za-z][\w-]*")


class _Known(Struct, frozen=True):
    """A probed binary, and the state of the file that was probed."""

    stamp: str
    installed: Installed


class Binaries:
    """Remembers what each binary is, in a file of ``folder``. Several gateways may share it: the last one to write
    wins, and what it lost is probed again."""

    def __init__(self, folder: str) -> None:
        self._path = os.path.join(folder, "installed.json")
        self._known: dict[str, _Known] | None = None
        self._probing: dict[str, trio.Lock] = {}

    async def installed(self, info: ProviderInfo, executable: str, environ: Mapping[str, str]) -> Installed:
        """The version and the flags of a binary. Two callers at once probe it once."""
        stamp = _stamp(executable, info)
        known = self._of(executable, stamp)
        if known is not None:
            return known
        async with self._probing.setdefault(executable, trio.Lock()):
            known = self._of(executable, stamp)
            if known is None:
                known, whole = await _probe(info, executable, environ)
                self._read()[executable] = _Known(stamp, known)
                if whole:
                    replace_private(self._path, msgspec.json.encode(self._read()))
        return known

    def _of(self, executable: str, stamp: str) -> Installed | None:
        found = self._read().get(executable)
        return found.installed if found is not None and found.stamp == stamp else None

    def _read(self) -> dict[str, _Known]:
        if self._known is None:
            try:
                with open(self._path, "rb") as file:
                    self._known = msgspec.json.decode(file.read(), type=dict[str, _Known])
            except (OSError, UnicodeDecodeError, msgspec.DecodeError):
                self._known = {}
        return self._known


def _stamp(executable: str, info: ProviderInfo) -> str:
    """Changes when the binary does, or what is asked of it. The link and its target both count."""
    real = os.stat(executable)
    link = os.lstat(executable)
    asked = ";".join(" ".join(command.args) for command in (info.version, *info.help))
    return f"{real.st_mtime_ns}:{real.st_size}:{link.st_mtime_ns}:{asked}"


async def _probe(info: ProviderInfo, executable: str, environ: Mapping[str, str]) -> tuple[Installed, bool]:
    """What the binary says of itself, and whether that is worth keeping.

    A help that was cut short tells nothing: half a list of flags is none.
    """
    said: dict[Command, Reading] = {}

    async def read(command: Command) -> None:
        said[command] = await look(command, executable=executable, environ=environ)

    async with trio.open_nursery() as nursery:
        for command in (info.version, *info.help):
            nursery.start_soon(read, command)
    version = _VERSION.search(said[info.version].text)
    whole = all(said[command].returncode is not None for command in info.help)
    flags = [flag for command in info.help for flag in _FLAG.findall(said[command].text)]
    installed = Installed(version[0] if version else "", frozenset(flags if whole else ()))
    return installed, whole and version is not None

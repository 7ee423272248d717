"""The answers that one start leaves for the next, and what must be the same for them to be true.

The file lies in the virtual environment of the code, else in the user's cache folder. Its name is made of what can be
asked at once: the version, the interpreter, the path of the modules, the command line, the environment. Inside, it
lists the files that took part, with their inodes, sizes and times; one that differs, is gone or has come makes it
void.

This file imports nothing that takes time; every start pays for it.
"""

import json
import os
import sys
import time
from hashlib import blake2b

TYPE_CHECKING = False  # importing it would cost as much as everything else here
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

PREFIX = "answers-"
COUNTED = ("LLM_GATEWAY_", "GATEWAY_", "XDG_CONFIG_", "MCP_TRANSPORT")
"""Beginnings of the environment variables by which one set of answers is told from another."""
PLACE = "LLM_GATEWAY_STATE"
"""The one that only says where things are kept: it changes no answer."""
DISTRIBUTION = (".dist-info", ".egg-info")


class Memory:
    """What is remembered for this start, or can be for the next. ``answers`` is empty where nothing is."""

    def __init__(self, version: str, words: "list[str]", environ: "Mapping[str, str]") -> None:
        self.began = time.time_ns()
        self.installed = installed(sys.path)
        self.answers: dict[str, str] = {}
        self.environ = environ
        counted = {
            name: value for name, value in environ.items() if name.startswith(COUNTED) and name != PLACE
        }
        name = digest([version, sys.version, sys.prefix, sys.path, words, counted])
        self.paths = [os.path.join(folder, f"{PREFIX}{name}.json") for folder in _folders(environ)]
        """Where the file may lie, the best place first."""

    def recall(self) -> None:
        """Take the answers from the file, if it is still true."""
        for path in self.paths:
            try:
                said = _read(path)
                if said and self._true(said):
                    self.answers = {asked: said["texts"][place] for asked, place in said["answers"].items()}
                    return
            except (OSError, ValueError, LookupError, TypeError, AttributeError):
                continue  # missing, or not what we have written

    def _true(self, said: "dict[str, Any]") -> bool:
        return (
            self.values(said["names"]) == said["values"]
            and self.installed == said["installed"]
            and all(sign(path) == was for path, was in said["files"].items())
        )

    def values(self, names: "Iterable[str]") -> str:
        """A digest of what the environment says about these names; the file holds none of it in the clear."""
        return digest([self.environ.get(name) for name in names])

    def forget(self) -> None:
        """Remove the file."""
        for path in self.paths:
            try:
                os.unlink(path)
            except OSError:
                continue


def digest(value: object) -> str:
    """A short name for a value that can be told in JSON."""
    return blake2b(json.dumps(value, sort_keys=True).encode(), digest_size=16).hexdigest()


def sign(path: str) -> "list[int] | None":
    """What tells a file or a folder from its other versions; None: there is none."""
    try:
        found = os.stat(os.path.expanduser(path))
    except OSError:
        return None
    return [found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns]


def installed(path: "Iterable[str]") -> str:
    """A digest of what is installed where modules are found: plugins come and go here."""
    found = []
    for folder in path:
        try:
            names = sorted(name for name in os.listdir(folder or ".") if name.endswith(DISTRIBUTION))
        except OSError:
            continue
        found += [[folder, name, sign(os.path.join(folder, name, "entry_points.txt"))] for name in names]
    return digest(found)


def _folders(environ: "Mapping[str, str]") -> "list[str]":
    cache = environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    beside = [os.path.join(sys.prefix, "var", "cache")] if sys.prefix != sys.base_prefix else []
    return [os.path.join(folder, "gateway") for folder in (*beside, cache)]


def _read(path: str) -> "dict[str, Any]":
    """The file as it was written; nothing where it is somebody else's."""
    with open(path, encoding="utf-8") as file:
        ours = os.fstat(file.fileno()).st_uid == os.getuid()
        said: dict[str, Any] = json.load(file) if ours else {}
        return said

"""Finds installed plugins without importing them, and the files that declare providers.

Reads the ``entry_points.txt`` of each distribution on ``sys.path``. ``importlib.metadata`` does the same, but
importing it costs more than the whole scan, on every start.
"""

import os
import sys
from collections.abc import Iterable, Iterator

GROUP = "[gateway]"
DECLARED = ".toml"


def entry_points(path: Iterable[str] | None = None) -> dict[str, str]:
    """The name and the module of each installed plugin. The first on the path wins, as with imports."""
    found: dict[str, str] = {}
    for folder in sys.path if path is None else path:
        for name, module in _in_folder(folder or "."):
            found.setdefault(name, module)
    return found


def _in_folder(folder: str) -> Iterator[tuple[str, str]]:
    try:
        with os.scandir(folder) as entries:
            names = [entry.path for entry in entries if entry.name.endswith((".dist-info", ".egg-info"))]
    except OSError:
        return
    for name in sorted(names):
        try:
            with open(os.path.join(name, "entry_points.txt"), encoding="utf-8") as file:
                text = file.read()
        except (OSError, UnicodeDecodeError):
            continue
        yield from _in_text(text)


def _in_text(text: str) -> Iterator[tuple[str, str]]:
    inside = False
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            inside = line == GROUP
        elif inside and "=" in line and not line.startswith(("#", ";")):
            name, _, module = line.partition("=")
            yield name.strip(), module.strip()


def declared_folder(config: str) -> str:
    """Where the files lie that declare providers: beside the configuration, whether that file is there or not."""
    return os.path.join(os.path.dirname(os.path.expanduser(config)), "providers")


def declarations(folder: str) -> dict[str, str]:
    """The files in which a user declares providers, by name; none where there is no such folder.

    Whoever keeps what is made of the plugins, such as the list of tools, has to look at these files too: a change
    of their names, sizes or times is a change of the plugins.
    """
    try:
        with os.scandir(folder) as entries:
            files = [each.path for each in entries if each.name.endswith(DECLARED) and each.is_file()]
    except OSError:
        return {}
    return {os.path.basename(path).removesuffix(DECLARED): path for path in sorted(files)}

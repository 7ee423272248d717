"""What a plugin imports, read from its source: some of what it may not do cannot be caught while it runs."""

import ast
import importlib.util
from collections.abc import Iterator
from pathlib import Path

PURE = frozenset({
    "__future__", "abc", "base64", "bisect", "binascii", "collections", "contextlib", "copy", "dataclasses",
    "decimal", "difflib", "enum", "fnmatch", "fractions", "functools", "hashlib", "heapq", "html", "itertools",
    "json", "math", "msgspec", "operator", "posixpath", "re", "shlex", "string", "textwrap", "tomllib", "types",
    "typing", "unicodedata", "urllib.parse",
})  # fmt: skip
"""No files, no processes, no clock, no chance."""


def stray_imports(module: str, also: tuple[str, ...] = ()) -> list[str]:
    """The imports of a plugin that it may not have: of inner modules of ours, and of whatever is not pure."""
    free = PURE | set(also) | ({module.partition(".")[0]} - {"gateway"})
    return [
        f"{path.name}: {name}"
        for path in _sources(module)
        for name in _imported(ast.parse(path.read_text(encoding="utf-8")))
        if name != "gateway" and name not in free and name.split(".")[0] not in free
    ]


def _sources(module: str) -> list[Path]:
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise AssertionError(f"{module} has no source")
    origin = Path(spec.origin)
    return sorted(origin.parent.rglob("*.py")) if origin.name == "__init__.py" else [origin]


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module

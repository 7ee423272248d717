"""The rooms and their files, as they are."""

import ast
from pathlib import Path

from parts.source import table

CORE = Path(__file__).parents[2] / "gateway"


def rooms() -> str:
    """A row for each room: what it is for, by its own docstring, and what lies in it."""
    folders = sorted(path for path in CORE.iterdir() if path.is_dir() and path.name != "__pycache__")
    rooms = [_room(path) if (path / "__init__.py").exists() else _texts(path) for path in folders]
    return table(("room", "what it is for", "files"), [_front(), *rooms])


def _front() -> tuple[str, str, str]:
    files = [f"`{path.name}`" for path in sorted(CORE.glob("*.py"))]
    return "`gateway/`", _subject(CORE / "__init__.py"), ", ".join(files)


def _room(folder: Path) -> tuple[str, str, str]:
    inside = sorted(path.stem for path in folder.iterdir() if path.suffix in (".py", ".sql"))
    files = [name for name in inside if name != "__init__"]
    below = [f"{path.parent.name}/" for path in sorted(folder.glob("*/__init__.py"))]
    return f"`{folder.name}/`", _subject(folder / "__init__.py"), ", ".join((*files, *below))


def _texts(folder: Path) -> tuple[str, str, str]:
    names = ", ".join(sorted(path.stem for path in folder.iterdir()))
    return f"`{folder.name}/`", "Texts that are handed out as they are.", names


def _subject(path: Path) -> str:
    text = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    return " ".join(text.split("\n\n")[0].split())

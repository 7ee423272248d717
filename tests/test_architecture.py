"""The arrows and rooms of the house, read from the source."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import gateway
from gateway.testing.conformance.imports import PURE

ROOT = Path(__file__).parent.parent
CORE = sorted((ROOT / "gateway").rglob("*.py"))
PLUGINS = sorted(ROOT.glob("plugins/*/gateway_plugin_*/**/*.py"))
EXAMPLES = sorted(ROOT.glob("examples/*/gateway_plugin_*/**/*.py"))

RANKS = {
    "errors": 0, "domain": 1, "rules": 2, "hookspecs": 2, "config": 2, "store": 3, "host": 3, "plugin": 3,
    "__init__": 3, "service": 4, "server": 5, "cli": 6, "__main__": 7, "testing": 8,
}  # fmt: skip
"""A room imports itself and rooms of a lower rank. Rooms of one rank never import one another."""
ROOMS = {
    "trio": ("host/", "service/", "store/database.py", "server/app.py", "server/stdio.py", "server/recording.py", "server/http.py", "server/http_guard.py", "server/connections.py", "server/status_page/stream.py", "cli/main.py"),
    "apsw": ("store/",), "mcp": ("server/", "cli/trial.py"), "mcp_types": ("server/",), "starlette": ("server/",), "hypercorn": ("server/connections.py",),
    "pluggy": ("plugin/", "hookspecs.py"),
    "subprocess": (), "os.posix_spawn": ("host/process.py",), "psutil": ("host/",), "click": ("cli/",),
    "rich": ("cli/",), "gateway.config": ("config/", "service/", "server/", "cli/"), "os.environ": ("cli/", "host/faults.py"),
}  # fmt: skip
UPWARD = {"cli/plugin_check.py": {"testing"}}
"""The one arrow against the stream: `gateway plugins check` runs the checks that plugins' authors run."""


def used(path: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in it, and every name it takes from `os` or the front door."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Import(names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module="os" | "gateway" as module, names=names):
                yield from (f"{module}.{alias.name}" for alias in names)
            case ast.ImportFrom(module=str(module)):
                yield module
            case ast.Attribute(ast.Name("os"), attribute):
                yield f"os.{attribute}"


def place(path: Path) -> str:
    return str(path.relative_to(ROOT / "gateway"))


@pytest.mark.parametrize("path", CORE, ids=place)
def test_arrows_point_one_way(path: Path) -> None:
    room = place(path).split("/")[0].removesuffix(".py")
    targets = {name.split(".")[1] for name in used(path) if name.startswith("gateway.")} - {room}
    upward = {target for target in targets if RANKS.get(target, 0) >= RANKS[room]} - UPWARD.get(
        place(path), set()
    )
    assert upward == set()
    assert room == "testing" or targets <= RANKS.keys() | {"__version__"}


@pytest.mark.parametrize("path", CORE, ids=place)
def test_what_belongs_to_a_room_stays_in_it(path: Path) -> None:
    found = {room for name in used(path) for room in ROOMS if f"{name}.".startswith(f"{room}.")}
    assert [room for room in sorted(found) if not place(path).startswith((*ROOMS[room], "testing/"))] == []


def test_the_kit_for_tests_is_named_where_plugins_are_tried_alone() -> None:
    named = {place(path) for path in CORE if "gateway.testing" in path.read_text("utf-8")}
    allowed = {"cli/hello.py", "cli/plugin_check.py", "templates/plugin.txt"}
    assert {path for path in named if not path.startswith("testing/")} <= allowed


def test_no_provider_is_named_in_the_core() -> None:
    projects = [tomllib.loads(path.read_text("utf-8")) for path in ROOT.glob("[ep]*s/*/pyproject.toml")]
    names = "|".join(name for project in projects for name in project["project"]["entry-points"]["gateway"])
    texts = [
        path for path in (ROOT / "gateway").rglob("*") if path.is_file() and "__pycache__" not in path.parts
    ]
    word = re.compile(rf"\b({names})\b", re.IGNORECASE)
    assert [place(path) for path in texts if word.search(path.read_text("utf-8"))] == []


def test_a_plugin_can_go_without_a_trace_in_the_tests() -> None:
    names = "|".join(path.name for path in (ROOT / "plugins").iterdir())
    word = re.compile(rf"\b({names})\b(?!-)", re.IGNORECASE)  # with a hyphen behind it, the name of a model
    texts = [path for kind in ("py", "md", "sh") for path in (ROOT / "tests").rglob(f"*.{kind}")]
    assert [str(path) for path in texts if word.search(path.read_text("utf-8"))] == []


@pytest.mark.parametrize("path", PLUGINS, ids=lambda path: path.name)
def test_a_plugin_imports_the_front_door_and_what_is_pure(path: Path) -> None:
    allowed = PURE | {"msgspec", path.relative_to(ROOT).parts[2]}
    offered = {f"gateway.{name}" for name in gateway.__all__}
    stray = {name for name in used(path) if not allowed & {name, name.split(".")[0]}}
    assert stray - offered == set()


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_an_example_names_nothing_of_ours_but_the_front_door(path: Path) -> None:
    offered = {f"gateway.{name}" for name in gateway.__all__}
    assert {name for name in used(path) if name.split(".")[0] == "gateway"} - offered == set()


@pytest.mark.parametrize(
    "path", [*CORE, *PLUGINS, *EXAMPLES], ids=lambda path: f"{path.parent.name}/{path.name}"
)
def test_files_and_functions_stay_small(path: Path) -> None:
    text = path.read_text("utf-8")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 50, node.name
    assert len(text.splitlines()) <= (300 if path in CORE else 400)

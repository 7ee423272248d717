"""The arrows and rooms of the house, read from the source."""

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import gateway
from gateway.plugin.manager import load
from gateway.testing.conformance.imports import PURE

ROOT = Path(__file__).parent.parent
CORE = sorted((ROOT / "gateway").rglob("*.py"))
PLUGINS = sorted(ROOT.glob("plugins/*/gateway_plugin_*/**/*.py"))
EXAMPLES = sorted(ROOT.glob("examples/*/gateway_plugin_*/**/*.py"))

RANKS = {
    "errors": 0, "domain": 1, "rules": 2, "hookspecs": 2, "config": 3, "store": 3, "host": 3, "plugin": 3,
    "__init__": 3, "service": 4, "server": 5, "cli": 6, "__main__": 7, "testing": 8,
}  # fmt: skip
"""A room imports itself and rooms of a lower rank. Rooms of one rank never import one another."""
ROOMS = {
    "trio": ("host/", "service/", "store/database.py", "store/visits.py", "server/app.py", "server/stdio.py", "server/recording.py", "server/http.py", "server/http_guard.py", "server/connections.py", "server/status_page/stream.py", "cli/main.py"),
    "apsw": ("store/",), "mcp": ("server/", "cli/trial.py"), "mcp_types": ("server/",), "starlette": ("server/",), "hypercorn": ("server/connections.py",),
    "pluggy": ("plugin/", "hookspecs.py"),
    "subprocess": (), "os.posix_spawn": ("host/process.py",), "psutil": ("host/",), "click": ("cli/",),
    "rich": ("cli/",), "gateway.config": ("config/", "service/", "server/", "cli/"), "os.environ": ("cli/", "host/faults.py"),
}  # fmt: skip
UPWARD = {"cli/plugin_check.py": {"testing"}}
"""The one arrow against the stream: `gateway plugins check` runs the checks that plugins' authors run."""

GENERATED = re.compile(r"<!-- generated: .*?<!-- end -->", re.DOTALL)
PLACES = (
    "*.md",
    "*.toml",
    "*.py",
    *(f"{room}/**/*" for room in (".ci", "benchmarks", "docs", "examples", "gateway", "tests")),
)
PASSED_BY = {"__pycache__", "transcripts"}

OFFERED = {f"gateway.{name}" for name in gateway.__all__}


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


@cache
def used(path: Path) -> frozenset[str]:
    """Every module that a file imports, wherever in it, and every name it takes from `os` or the front door."""
    return frozenset(name for node in ast.walk(tree(path)) for name in _names(node))


def _names(node: ast.AST) -> Iterable[str]:
    match node:
        case ast.Import(names):
            return (alias.name for alias in names)
        case ast.ImportFrom(module="os" | "gateway" as module, names=names):
            return (f"{module}.{alias.name}" for alias in names)
        case ast.ImportFrom(module=str(module)):
            return (module,)
        case ast.Attribute(ast.Name("os"), attribute):
            return (f"os.{attribute}",)
    return ()


def place(path: Path) -> str:
    return str(path.relative_to(ROOT / "gateway"))


def test_arrows_point_one_way() -> None:
    assert {place(path): wrong for path in CORE if (wrong := _upward(path))} == {}


def _upward(path: Path) -> set[str]:
    """The rooms that a file may not import, and what is no room."""
    room = place(path).split("/")[0].removesuffix(".py")
    targets = {name.split(".")[1] for name in used(path) if name.startswith("gateway.")} - {room}
    upward = {target for target in targets if RANKS.get(target, 0) >= RANKS[room]}
    strange = set() if room == "testing" else targets - RANKS.keys() - {"__version__"}
    return upward - UPWARD.get(place(path), set()) | strange


def test_no_group_is_repeated_possessively() -> None:
    """Python before 3.11.5, as Debian 12 has it, matches too much there: secrets stayed in, and JSON was cut in two."""
    possessive = re.compile(r"(?<!\\)\)(?:[*+?]|\{[\d,]+\})\+")
    assert {place(path) for path in CORE if possessive.search(path.read_text("utf-8"))} == set()


def test_what_belongs_to_a_room_stays_in_it() -> None:
    assert {place(path): wrong for path in CORE if (wrong := _elsewhere(path))} == {}


def _elsewhere(path: Path) -> list[str]:
    """What a file imports that belongs to another room."""
    found = {room for name in used(path) for room in ROOMS if f"{name}.".startswith(f"{room}.")}
    return [room for room in sorted(found) if not place(path).startswith((*ROOMS[room], "testing/"))]


def test_our_variables_are_read_by_the_configuration_alone() -> None:
    read = {
        place(path)
        for path in CORE
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get"
        for argument in node.args[:1]
        if isinstance(argument, ast.Constant) and str(argument.value).startswith("LLM_GATEWAY_")
    }
    assert {path for path in read if not path.startswith("config/")} <= {"rules/models.py"}


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


def test_a_plugin_can_go_without_a_trace() -> None:
    """Its name, its title and its executable stand in its folder, and in what is generated from that."""
    assert {str(path): named for path in _kept() if (named := _named(path))} == {}


def _kept() -> Iterator[Path]:
    """Every file of the project that is no plugin's and no recording of what another program prints."""
    for path in (found for place in PLACES for found in ROOT.glob(place)):
        if path.is_file() and not PASSED_BY & set(path.parts):
            yield path


def _named(path: Path) -> list[str]:
    written = GENERATED.sub("", path.read_text("utf-8", "replace"))
    return words_of_plugins().findall(f"{path.relative_to(ROOT)}\n{written}")


@cache
def words_of_plugins() -> re.Pattern[str]:
    """The words that tell which plugins lie in this repository; none is part of a longer one, as in `ngrok`."""
    found = load([path.name for path in ROOT.glob("plugins/*/gateway_plugin_*")])
    infos = [provider.info for provider in found.providers.values()]
    words = {word for info in infos for word in (info.name, info.title, info.executable)} or {"no plugin"}
    return re.compile(rf"(?<![a-z])(?:{'|'.join(map(re.escape, sorted(words)))})", re.IGNORECASE)


def test_a_plugin_imports_the_front_door_and_what_is_pure() -> None:
    assert {str(path): stray for path in PLUGINS if (stray := _impure(path) - OFFERED)} == {}


def _impure(path: Path) -> set[str]:
    allowed = PURE | {"msgspec", path.relative_to(ROOT).parts[2]}
    return {name for name in used(path) if not allowed & {name, name.split(".")[0]}}


def test_an_example_names_nothing_of_ours_but_the_front_door() -> None:
    ours = {path: {name for name in used(path) if name.split(".")[0] == "gateway"} for path in EXAMPLES}
    assert {str(path): stray for path, names in ours.items() if (stray := names - OFFERED)} == {}


def test_the_tests_of_an_example_name_nothing_of_ours_but_the_front_door_and_the_kit() -> None:
    tests = (ROOT / "examples").rglob("*.py")
    ours = {path: {name for name in used(path) if name.startswith("gateway.")} for path in tests}
    stray = {
        path: {name for name in names if not name.startswith("gateway.testing.")}
        for path, names in ours.items()
    }
    assert {str(path): names - OFFERED for path, names in stray.items() if names - OFFERED} == {}


def test_files_and_functions_stay_small() -> None:
    assert [wrong for path in (*CORE, *PLUGINS, *EXAMPLES) for wrong in _large(path)] == []


def _large(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if function and (node.end_lineno or 0) - node.lineno >= 50:
            yield f"{path}: {node.name}"
    if len(path.read_text("utf-8").splitlines()) > (300 if path in CORE else 400):
        yield str(path)

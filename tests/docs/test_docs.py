"""The pages say what the code does."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway import hookspecs
from gateway.config import Config
from gateway.plugin.declaration import Declaration
from gateway.plugin.manager import load
from gateway.server.spec import ToolSpec
from gateway.server.tools import tools

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    *sorted(DOCS.glob("*.md")),
    *sorted(ROOT.glob("plugins/*/*.md")),
]


def titled(page: Path) -> str:
    return f"{page.parent.name}/{page.name}"


BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FILE = re.compile(r"`((?:gateway|tests|docs|plugins|\.ci)/[\w./-]+)`")
KINDS: dict[str, Any] = {
    "[project]": Any,
    "[build-system]": Any,
    "title = ": Declaration,
    "shout": Declaration,
}
"""What a block of TOML is that holds this; any other is a configuration."""
FORMER = {
    tool: parameters
    for path in (DOCS / "parts" / "version_1_7_0.json", *ROOT.glob("plugins/*/tests/version_1_7_0.json"))
    for tool, parameters in json.loads(path.read_text("utf-8")).items()
    if "*" not in tool
}
"""The tools of version 1.7.0 and their parameters. Each plugin brings the list of its own."""


def blocks(page: Path, *languages: str) -> list[str]:
    """The blocks of code in a page, in these languages."""
    return [text for language, text in BLOCK.findall(page.read_text("utf-8")) if language in languages]


def marked(name: str) -> str:
    """The one command that stands between two marks of the README."""
    text = (ROOT / "README.md").read_text("utf-8")
    (found,) = re.findall(rf"<!-- begin: {name} -->\n```sh\n(.*)\n```\n<!-- end: {name} -->", text)
    return str(found)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages as they are generated now."""
    folder = tmp_path_factory.mktemp("docs")
    subprocess.run([sys.executable, str(DOCS / "generate.py"), str(folder)], check=True)
    return folder


def test_generated_pages_are_those_of_the_code(fresh: Path) -> None:
    stale = [
        page.name
        for page in fresh.rglob("*.*")
        if page.read_text("utf-8") != (ROOT / page.relative_to(fresh)).read_text("utf-8")
    ]
    assert stale == [], "run `python docs/generate.py` and commit what it writes"


@pytest.mark.parametrize("page", PAGES, ids=titled)
def test_links_lead_somewhere(page: Path) -> None:
    lost = []
    for link in LINK.findall(BLOCK.sub("", page.read_text("utf-8"))):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if "://" in link:
            continue
        if not target.exists() or (anchor and anchor not in anchors(target)):
            lost.append(link)
    assert lost == []


def anchors(page: Path) -> set[str]:
    """The anchors that the headings of a page get."""
    headings = re.findall(r"^#+ (.*)$", BLOCK.sub("", page.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=titled)
def test_files_that_are_named_exist(page: Path) -> None:
    names = FILE.findall(page.read_text("utf-8"))
    assert [name for name in names if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=titled)
def test_python_of_a_page_runs(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    exec(compile("\n\n".join(blocks(page, "python")), page.name, "exec"), {"__name__": "page"})


def test_python_of_the_hooks_page_is_the_example_that_is_tested() -> None:
    shown = "\n\n\n".join(text.strip() for text in blocks(DOCS / "hooks.md", "python"))
    for name in ("acme.py", "house_rules.py"):
        assert (DOCS / "example" / name).read_text("utf-8").strip() in shown


@pytest.mark.parametrize("page", PAGES, ids=titled)
def test_json_and_toml_of_a_page_can_be_read(page: Path) -> None:
    for text in blocks(page, "json"):
        json.loads(text)
    for text in blocks(page, "toml"):
        kind: Any = next((each for mark, each in KINDS.items() if mark in text), Config)
        msgspec.toml.decode(text, type=kind)


def test_ci_runs_the_readmes_own_test_command() -> None:
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    (line,) = [line for line in script.splitlines() if line.startswith("test_command=")]
    said = subprocess.run(
        ["bash", "-c", f'{line}; echo "$test_command"'], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert said.stdout == f"{marked('test')}\n"


def test_readmes_commands_take_whatever_plugins_there_are() -> None:
    assert '$(printf " --editable %s" plugins/*)' in marked("test")
    assert "./plugins/*" in marked("try")


@pytest.fixture(scope="module")
def table() -> dict[str, ToolSpec]:
    """The tools with the plugins of this repository."""
    return tools(load(sorted(path.name for path in ROOT.glob("plugins/*/gateway_plugin_*"))))


@pytest.mark.parametrize("tool", FORMER)
def test_every_parameter_of_1_7_0_is_taken_by_the_tool_of_its_name(
    table: dict[str, ToolSpec], tool: str
) -> None:
    taken = table[tool].schema.get("properties", {})
    assert [name for name in FORMER[tool] if name not in taken] == []


def test_every_hook_is_a_section_of_the_hooks_page() -> None:
    hooks = [name for name in vars(hookspecs) if name.startswith("gateway_")]
    text = (DOCS / "hooks.md").read_text("utf-8")
    assert re.findall(r"^### `(gateway_\w+)`$", text, re.MULTILINE) == hooks


def test_who_declares_a_provider_need_not_read_types_of_python() -> None:
    page = (DOCS / "declaring.md").read_text("utf-8")
    assert re.findall(r"\b(?:Literal|Mapping|dict|tuple)\[|`(?:int|float|str|bool)`", page) == []

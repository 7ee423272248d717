"""Fills the generated parts of the pages from the code: ``python docs/generate.py``.

A page is written by hand but for what stands between ``<!-- generated: NAME -->`` and ``<!-- end -->``. With a folder
as argument the pages are written there instead.
"""

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

DOCS = Path(__file__).parent
ROOT = DOCS.parent
sys.path[:0] = [str(ROOT), str(DOCS), *map(str, sorted(ROOT.glob("plugins/*")))]
os.environ["COLUMNS"] = "100"

from parts import (  # noqa: E402 - found from here on
    clients,
    commands,
    configuration,
    declaration,
    doctor,
    hooks,
    house,
    performance,
    providers,
    tools,
    words,
)

PARTS: dict[str, Callable[[], str]] = {
    "rooms": house.rooms,
    "example": hooks.prelude,
    "hooks": hooks.hooks,
    "plain plugin": hooks.plain_plugin,
    "words": words.words,
    "endings": words.endings,
    "tools": tools.tools,
    "profiles": tools.prices,
    "compact tools": tools.compact,
    "shared parameters": tools.shared,
    "former tools": tools.former,
    "declared example": declaration.example,
    "declared keys": declaration.keys,
    "configuration": configuration.keys,
    "variables": configuration.variables,
    "former keys": configuration.former_keys,
    "opening": providers.opening,
    "first run": providers.first_run,
    "setup": providers.setup,
    "questions": providers.questions,
    "plugins": providers.pages,
    "changelogs": providers.changelogs,
    "clients over http": providers.over_http,
    "real runs": providers.real_runs,
    "clients": clients.clients,
    "commands": commands.commands,
    "exit codes": commands.exits,
    "measured scenarios": performance.scenarios,
    "measured machine": performance.machine,
    "measured targets": performance.targets,
    "measured figures": performance.figures,
}
PAGES = ("README.md", "CHANGELOG.md", "docs/*.md", "plugins/*/TOOLS.md")
OWN: dict[str, Callable[[Path], str]] = {"own tools": tools.own}
"""What is told of one plugin, in a page that lies in its folder."""
PART = re.compile(r"(<!-- generated: ([\w ]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def filled(page: Path) -> str:
    """A page with its generated parts as the code has them now."""

    def told(name: str) -> str:
        return OWN[name](page.parent) if name in OWN else PARTS[name]()

    return PART.sub(lambda part: f"{part[1]}\n{told(part[2]).strip()}\n\n{part[3]}", page.read_text("utf-8"))


def main(target: Path) -> None:
    for page in sorted(page for places in PAGES for page in ROOT.glob(places)):
        if PART.search(page.read_text("utf-8")):
            _write(target / page.relative_to(ROOT), filled(page))
    _write(target / "docs" / "doctor.schema.json", doctor.schema())


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT)

"""What pages tell of the providers of this repository: each plugin brings its part, and the pages join them."""

import json
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import msgspec

from gateway.cli.hello import COLUMNS, offer, row
from gateway.cli.output import clean
from gateway.cli.trial import Trial
from gateway.domain.provider import ProviderInfo
from gateway.plugin.manager import Plugins, load
from gateway.rules.editors import EDITORS
from gateway.server.profiles import offered
from parts.source import code

PLUGINS = Path(__file__).parents[2] / "plugins"
TITLE = re.compile(r"^# (.+)$", re.MULTILINE)
OVER_HTTP = re.compile(r"<!-- begin: http -->\n```sh\n(.*?)\n```\n<!-- end: http -->", re.DOTALL)
"""In a plugin's README: the command that gives its CLI, as a client, our server."""
CAPITAL = re.compile(r"[A-Z]")
PROFILE = "full"
WIDTH = 110


def folders() -> list[Path]:
    """The plugins of this repository, whatever else is installed."""
    return sorted(path.parent for path in PLUGINS.glob("*/pyproject.toml"))


@cache
def repository() -> Plugins:
    """Those plugins, loaded."""
    found = load([path.name for folder in folders() for path in folder.glob("gateway_plugin_*")])
    assert not found.findings, found.findings
    return found


def infos() -> list[ProviderInfo]:
    return [provider.info for provider in repository().providers.values()]


def opening() -> str:
    """What this is, in one sentence."""
    titles = [info.title for info in infos()]
    named = " and ".join(filter(None, (", ".join(titles[:-1]), titles[-1]))) if titles else "AI coding CLIs"
    return f"Ask {named} from any MCP client, or from a shell, through one server."


def first_run() -> str:
    """A run of ``gateway hello`` with the real CLIs, as the plugins have recorded it."""
    files = [folder / "tests" / "hello.json" for folder in folders()]
    trials = [_recorded(file) for file in files if file.exists()]
    said = f"{offer(list(offered(repository(), PROFILE)))[:WIDTH].rpartition(' ')[0]} …"
    return code("\n".join(("$ gateway hello", said, "", *_aligned(trials))), "text")


def _recorded(file: Path) -> Trial:
    """What ``gateway hello --json`` has told of a provider."""
    told = json.loads(file.read_text("utf-8"))
    return msgspec.convert({CAPITAL.sub(r"_\g<0>", name).lower(): told[name] for name in told}, Trial)


def _aligned(trials: Sequence[Trial]) -> list[str]:
    rows = [list(COLUMNS), *([clean(cell) for cell in row(trial)] for trial in trials)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
        for cells in rows
    ]


def setup() -> str:
    """How a client is connected."""
    theirs = [(word, client) for info in infos() for word, client in info.all_clients().items()]
    first, *others = (word for word, client in (*theirs, *EDITORS.items()) if client.servers)
    return code(f".venv/bin/gateway setup {first} --write     # or {', '.join(others)}", "sh")


def questions() -> str:
    """What to ask a client for, and what a shell."""
    names = [info.name for info in infos()] or ["NAME"]
    first, other = names[0], names[1 % len(names)]
    shell = f'.venv/bin/gateway ask {first} "What does this project do?"\ngit diff | .venv/bin/gateway ask {other} -'
    asked = f'Then ask your client for something like "let {other} review this change". From a shell:'
    return f"{asked}\n\n{code(shell, 'sh')}"


def pages() -> str:
    """The page of each plugin."""
    return " ·\n".join(f"[{info.title}](plugins/{info.name}/README.md)" for info in infos())


def changelogs() -> str:
    """Where the changes of each plugin are told."""
    return "\n".join(f"- [{info.title}](plugins/{info.name}/CHANGELOG.md)" for info in infos())


def over_http() -> str:
    """The commands by which the providers' CLIs, as clients, are given the server by hand."""
    found = [OVER_HTTP.search((folder / "README.md").read_text("utf-8")) for folder in folders()]
    return code(
        "\n".join(
            ("token=$(cat ~/.local/state/gateway/http-token)", *(command[1] for command in found if command))
        ),
        "sh",
    )


def real_runs() -> str:
    """Where the runs of each real CLI are told."""
    files = [folder / "REAL_RUNS.md" for folder in folders()]
    titled = [(file, TITLE.search(file.read_text("utf-8"))) for file in files if file.exists()]
    return "\n".join(
        f"- [{title[1]}](../plugins/{file.parent.name}/{file.name})" for file, title in titled if title
    )

"""Fresh HOMEs, in which the CLIs talk to the mock only and give up at the first failure."""

import os
from pathlib import Path
from string import Template
from typing import NamedTuple

from .real_clis import CLIS, PROVIDERS


class Offline(NamedTuple):
    """What a program needs: variables, and texts by their places below HOME."""

    environment: dict[str, str]
    files: dict[str, str]


GATEWAY = Offline(
    {"LLM_GATEWAY_CONFIG": "$home/gateway.toml", "LLM_GATEWAY_STATE": "$home/gateway"},
    {"gateway.toml": "".join(provider.gateway for provider in PROVIDERS.values())},
)
"""What the gateway itself needs: its state in the HOME, and what the CLIs want to be said."""

MACHINE = Offline(
    {"HOME": "$home", "TMPDIR": "$home/tmp", "LANG": "C.UTF-8", "TERM": "dumb"}, {"tmp/.keep": ""}
)
"""What every program needs, beside PATH."""


class Home(NamedTuple):
    """A HOME in which CLIs reach nothing but the mock."""

    folder: Path
    work: Path
    """An empty folder to start them in."""
    environment: dict[str, str]


def make_home(folder: Path, url: str, *, names: tuple[str, ...], search_path: str) -> Home:
    """Write the files of these CLIs and of the gateway into a folder that is not there yet."""
    work = folder / "work"
    work.mkdir(parents=True)
    environment = {"PATH": search_path}
    for offline in (MACHINE, GATEWAY, *(Offline(CLIS[name].environment, CLIS[name].files) for name in names)):
        for place, text in offline.files.items():
            file = folder / place
            os.makedirs(file.parent, exist_ok=True)
            file.write_text(_filled(text, url, folder))
        environment |= {name: _filled(value, url, folder) for name, value in offline.environment.items()}
    return Home(folder, work, environment)


def _filled(text: str, url: str, folder: Path) -> str:
    return Template(text).substitute(url=url, home=folder)

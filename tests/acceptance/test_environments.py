"""No process of a CLI sees what is not its own: neither a run, nor what its shell starts, nor a probe."""

import os
from collections.abc import Callable
from uuid import uuid4

import trio

from .conftest import Serve
from .homes import Home
from .mock_api import encode_command
from .real_clis import PROVIDERS

PATIENCE = 60.0

KEYS = {key for cli in PROVIDERS.values() for key in cli.keys}
MARKERS = tuple(marker for cli in PROVIDERS.values() for marker in cli.markers)
CANARIES = ("OPENAI_API_KEY", "DATABASE_URL", "LLM_GATEWAY_AUTH_TOKEN", "GITHUB_TOKEN", *MARKERS)


async def test_no_process_sees_a_secret_that_is_not_its_own(
    serve: Serve, provider: str, home: Callable[..., Home], cli_path: Callable[[str], str]
):
    place = home()
    seen = place.folder / "seen"
    canaries = {name: f"canary-{uuid4().hex}" for name in CANARIES}
    wrapped = _wrapped(place, PROVIDERS[provider].cli, cli_path(PROVIDERS[provider].cli))
    with trio.fail_after(PATIENCE):
        async with serve(
            place, PATH=f"{wrapped}{os.pathsep}{place.environment['PATH']}", **canaries
        ) as served:
            command = encode_command(f"env > {seen}/tool")
            answer = await served.ask(provider, command, **PROVIDERS[provider].full)

    told = {file.name: file.read_text() for file in seen.iterdir()}
    secrets = canaries | {name: place.environment[name] for name in KEYS}
    leaked = {name for name, value in secrets.items() if f"{name}={value}\n" in "".join(told.values())}
    assert (answer.text, "tool" in told) == ("pong", True)
    # The probes of version and help, and the run.
    assert len(told) - 1 >= 3
    assert leaked == PROVIDERS[provider].keys | PROVIDERS[provider].may_see
    assert [name for name, text in told.items() if "LLM_GATEWAY_" in text] == []


def _wrapped(home: Home, name: str, path: str) -> str:
    """A folder with a CLI of this name that writes down its environment each time it is started."""
    folder = home.folder / "wrapped"
    folder.mkdir()
    (home.folder / "seen").mkdir()
    script = folder / name
    script.write_text(f'#!/bin/sh\nenv >"{home.folder}/seen/$$"\nexec "{path}" "$@"\n')
    script.chmod(0o700)
    return str(folder)

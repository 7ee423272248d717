"""Whatever a prompt looks like, it reaches the model as it is, and nothing else comes of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import pytest
import trio

from gateway.plugin.manager import load

from .conftest import Serve, search_path
from .homes import Home, make_home
from .mock_api import MockApi
from .mock_api.server import PROTOCOLS
from .real_clis import PROVIDERS

PATIENCE = 120.0

LIKE_COMMANDS = ("--version", "--yolo", "-hello", "/config verbose=true", "resume", "help")
MEGABYTE = 1_000_000


class Alone(NamedTuple):
    """A home with a mock of its own, to which nobody else speaks."""

    home: Home
    mock: MockApi

    def asked(self) -> set[str]:
        """What the model was asked, without what the CLI asked for itself."""
        heard = [
            protocol.read(request)
            for request in self.mock.requests()
            for protocol in PROTOCOLS
            if request.method == "POST" and protocol.path.search(request.path)
        ]
        return {conversation.prompt for conversation in heard if not conversation.side}

    def settings(self) -> dict[str, bytes]:
        """The files below the home in which CLIs keep their settings."""
        names = ("*settings*.json", "*config*.json", "*.toml")
        files = {file for name in names for file in self.home.folder.rglob(name) if file.is_file()}
        return {str(file): file.read_bytes() for file in files}


@pytest.fixture
def alone(tmp_path: Path, provider: str) -> Iterator[Alone]:
    with MockApi(tmp_path / "requests.jsonl") as mock:
        name = PROVIDERS[provider].cli
        yield Alone(make_home(tmp_path / "alone", mock.url, names=(name,), search_path=search_path()), mock)


async def test_prompt_like_a_command_reaches_the_model_and_changes_no_settings(
    serve: Serve, provider: str, alone: Alone
):
    answers: list[str] = []

    async def ask(prompt: str) -> None:
        answers.append((await served.ask(provider, prompt)).text)

    with trio.fail_after(PATIENCE):
        async with serve(alone.home) as served:
            await ask("Hello!")
            settings = alone.settings()
            async with trio.open_nursery() as nursery:
                for prompt in LIKE_COMMANDS:
                    nursery.start_soon(ask, prompt)

    assert alone.asked() == {"Hello!", *LIKE_COMMANDS}
    assert alone.settings() == settings
    assert answers == ["pong"] * 7


async def test_long_prompt_reaches_the_model_whole_or_it_is_told(serve: Serve, provider: str, mock: MockApi):
    prompt = f"{uuid4().hex} {'word ' * MEGABYTE}"[: MEGABYTE - 1].strip()
    with trio.fail_after(PATIENCE):
        async with serve() as served:
            answer = await served.ask(provider, prompt)

    warnings = [warning["message"] for warning in answer.told.get("warnings", [])]
    assert answer.text == "pong"
    # A megabyte may outgrow the window of the model, and the CLI sends a summary.
    assert (mock.requests(prompt) != []) != any("went on with a summary" in each for each in warnings)


async def test_prompt_beyond_the_limit_is_refused_before_anything_starts(serve: Serve, provider: str):
    limit = load([provider]).providers[provider].info.prompt_limit
    with trio.fail_after(PATIENCE):
        async with serve() as served:
            answer = await served.ask(provider, "x" * (limit + 1))
            jobs = await served.jobs()

    assert (answer.failed, answer.told["ending"], jobs) == (True, "input_too_large", [])

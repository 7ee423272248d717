"""The fixtures of the acceptance tests: the mock API, the real CLIs, and fresh homes for them."""

import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from itertools import count
from pathlib import Path

import psutil
import pytest

from .homes import Home, make_home
from .mock_api import MockApi
from .real_clis import CLIS, PROVIDERS
from .served import QUICK, Served, at_home, serving

CLI_FOLDER = "GATEWAY_TEST_CLIS"
"""The variable that names the `bin` folder in which the CLIs are looked for first."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder, before marks decide what runs."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.acceptance)


def search_path() -> str:
    """Where the CLIs are: the folder of `GATEWAY_TEST_CLIS`, then PATH."""
    folders = (os.environ.get(CLI_FOLDER, ""), os.environ.get("PATH", os.defpath))
    return os.pathsep.join(folder for folder in folders if folder)


@pytest.fixture(scope="session")
def mock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MockApi]:
    """The running mock API. Tests share it: mention something of your own in your prompts."""
    with MockApi(tmp_path_factory.mktemp("mock-api") / "requests.jsonl") as api:
        yield api


@pytest.fixture(scope="session")
def cli_path() -> Callable[[str], str]:
    """The path of a CLI by its name; a test whose CLI is absent is skipped."""

    def path(name: str) -> str:
        found = shutil.which(name, path=search_path())
        if found is None:
            pytest.skip(f"{name} is neither in ${CLI_FOLDER} nor on PATH; see tests/acceptance/README.md")
        return found

    return path


@pytest.fixture
def home(tmp_path: Path, mock: MockApi) -> Callable[..., Home]:
    """Makes a fresh HOME at each call, for the CLIs that are named or for all; see `Home`."""
    numbers = count(1)

    def make(*names: str) -> Home:
        folder = tmp_path / f"home{next(numbers)}"
        return make_home(folder, mock.url, names=names or tuple(CLIS), search_path=search_path())

    return make


@pytest.fixture(params=PROVIDERS)
def provider(request: pytest.FixtureRequest, cli_path: Callable[[str], str]) -> str:
    """The name of each provider in turn; skipped where its CLI is absent."""
    cli_path(PROVIDERS[request.param].cli)
    return str(request.param)


Serve = Callable[..., AbstractAsyncContextManager[Served]]


@pytest.fixture
def serve(home: Callable[..., Home], provider: str) -> Iterator[Serve]:
    """Starts a gateway and connects to it: in a fresh home for the provider's CLI, or again in one that is there.

    Jobs outlive their gateway, but not their test.
    """
    homes: list[Home] = []

    @asynccontextmanager
    async def start(
        at: Home | None = None, *, era: str = "legacy", config: str | None = None, **environment: str
    ) -> AsyncIterator[Served]:
        place = at or home(PROVIDERS[provider].cli)
        homes.append(place)
        added = config if config is not None else "" if at else QUICK
        async with serving(place, era=era, config=added, environment=environment) as served:
            yield served

    yield start
    for place in homes:
        for process in at_home(place):
            with suppress(psutil.Error):
                process.kill()

"""A gateway of its own for each test, with the echo provider behind it."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
import trio
from msgspec import structs

from gateway.config import Config, Limits, Retry
from gateway.plugin.manager import Plugins, load
from gateway.service.gateway import Gateway, open_gateway
from gateway.service.reply import Reply
from gateway.service.ticket import Ticket

PATIENCE = 60.0
QUICK = Retry(attempts=3, backoff=0.01, breaker_failures=3, breaker_reset=0.2)


@pytest.fixture(scope="session")
def plugins() -> Plugins:
    found = load(["gateway.testing.echo"])
    echo = found.providers["echo"]
    echo.info = structs.replace(echo.info, grace=0.3)
    return found


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(state=str(tmp_path / "state"), retry=QUICK, limits=Limits())


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"HOME": str(tmp_path), "PATH": os.defpath}


Open = Callable[..., AbstractAsyncContextManager[Gateway]]


@pytest.fixture
def opened(
    plugins: Plugins, config: Config, environ: dict[str, str], acquainted: Callable[[str], None]
) -> Open:
    """Opens a gateway on the test's own database; several at once are neighbours."""

    @asynccontextmanager
    async def opening(**changes: object) -> AsyncIterator[Gateway]:
        wanted = structs.replace(config, **changes)
        acquainted(wanted.state)
        async with open_gateway(wanted, plugins, environ) as gateway:
            yield gateway

    return opening


@pytest.fixture
async def gateway(opened: Open) -> AsyncIterator[Gateway]:
    async with opened() as gateway:
        yield gateway


Submit = Callable[..., Awaitable[Ticket]]
Ask = Callable[..., Awaitable[Reply]]


@pytest.fixture
def submit(tmp_path: Path) -> Submit:
    """Submits a prompt to echo, in the test's own directory."""

    async def submitting(gateway: Gateway, prompt: str, *, mode: str = "async", **fields: object) -> Ticket:
        echo = gateway.plugins.provider("echo")
        fields = {"working_dir": str(tmp_path), **fields}
        warnings = fields.pop("warnings", ())
        request = echo.info.request(prompt=prompt, **fields)
        return await gateway.submit(echo, echo.info.offered()[0], request, mode=mode, warnings=warnings)

    return submitting


@pytest.fixture
def ask(submit: Submit) -> Ask:
    """Asks echo and waits, but not for ever."""

    async def asking(gateway: Gateway, prompt: str, **fields: object) -> Reply:
        with trio.fail_after(PATIENCE):
            reply = await gateway.wait(await submit(gateway, prompt, **fields))
        assert reply is not None
        return reply

    return asking


@pytest.fixture(autouse=True)
def _nothing_left_running(config: Config, end_jobs: Callable[[str], None]) -> Iterator[None]:
    yield
    end_jobs(config.state)

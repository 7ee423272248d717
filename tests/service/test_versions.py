"""Looking at the CLIs: each by itself, none of them twice, and none in another's way."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import trio
import trio.testing
from msgspec import structs

from gateway.config import Config, ProviderConfig
from gateway.domain.launch import Installed
from gateway.domain.probes import Command, Login
from gateway.plugin.manager import Plugins
from gateway.plugin.provider import Provider
from gateway.service.installed import Binaries
from gateway.service.surroundings import Surroundings
from gateway.service.versions import Version, Versions, impersonal

Look = Callable[..., tuple[Versions, Provider]]


@pytest.fixture
def provider(plugins: Plugins) -> Provider:
    """A provider whose CLI is asked in words."""
    echo = plugins.provider("echo")
    info = structs.replace(
        echo.info,
        version=Command(("--version",)),
        help=(Command(("--help",)),),
        login_probes=(Command(("login",)),),
    )
    return Provider(info, echo._hooks)


@pytest.fixture
def looking(
    provider: Provider, plugins: Plugins, config: Config, environ: dict[str, str], tmp_path: Path
) -> Look:
    """Puts a shell script where the CLI is expected."""

    def look(script: str) -> tuple[Versions, Provider]:
        path = tmp_path / "cli"
        path.write_text(f"#!/bin/sh\ncd {tmp_path}\necho $1 >>asked\n{script}\n")
        path.chmod(0o755)
        there = structs.replace(config, providers={"echo": ProviderConfig(str(path))})
        return Versions(Surroundings(there, plugins, environ), Binaries(str(tmp_path))), provider

    return look


@pytest.fixture(autouse=True)
async def _bounded():
    with trio.fail_after(60):
        yield


async def test_version_flags_and_login_are_told(looking: Look, tmp_path: Path) -> None:
    versions, provider = looking("echo 9.1.0 --loud")
    assert await versions.all([provider]) == [
        Version(
            provider="echo",
            command=str(tmp_path / "cli"),
            installed=Installed("9.1.0", frozenset({"--loud"})),
            login=Login("logged_in", "ECHO_KEY"),
        )
    ]


async def test_a_cli_is_asked_once_however_many_want_to_know(looking: Look, tmp_path: Path) -> None:
    versions, provider = looking("echo 9.1.0")
    async with trio.open_nursery() as nursery:
        for _ in range(5):
            nursery.start_soon(versions.all, [provider])
    assert sorted((tmp_path / "asked").read_text().split()) == ["--help", "--version", "login"]


async def test_a_cli_that_hangs_is_in_nobodys_way(looking: Look, plugins: Plugins, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "never")
    versions, provider = looking("cat never")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(versions.of, provider)
        await trio.testing.wait_all_tasks_blocked()
        other = structs.replace(provider.info, name="other", login_probes=())
        told = await versions.login(Provider(other, provider._hooks))
        nursery.cancel_scope.cancel()
    assert told == Login("logged_out", "ECHO_KEY")


async def test_a_cli_that_is_not_there_is_a_result(
    provider: Provider, plugins: Plugins, config: Config, environ: dict[str, str], tmp_path: Path
) -> None:
    gone = structs.replace(config, providers={"echo": ProviderConfig("/nowhere/cli")})
    versions = Versions(Surroundings(gone, plugins, environ), Binaries(str(tmp_path)))
    (told,) = await versions.all([provider])
    assert (told.installed, told.login, told.outdated) == (None, None, None)
    assert told.error == (
        "The 'cli' command was not found. Install the Echo CLI and make sure it is on PATH."
    )


async def test_a_cli_without_a_version_is_told_to_have_none(looking: Look) -> None:
    versions, provider = looking("exit 1")
    told = await versions.of(provider)
    assert (told.installed, told.error) == (
        Installed(),
        f"`{provider.info.executable} --version` told no version",
    )


async def test_no_registry_is_asked_by_itself(
    looking: Look,
    provider: Provider,
    plugins: Plugins,
    config: Config,
    environ: dict[str, str],
    tmp_path: Path,
) -> None:
    versions, provider = looking("echo 9.1.0")
    assert (await versions.of(provider)).latest is None


@pytest.mark.parametrize(
    ("installed", "latest", "outdated"),
    [
        ("1.2.3", "1.2.4", True),
        ("1.2.3", "1.2.3", False),
        ("1.10.0", "1.9.9", False),
        ("1.2.3", None, None),
        ("", "1.2.3", None),
    ],
)
async def test_a_newer_release_is_told_where_both_are_known(
    installed: str, latest: str | None, outdated: bool | None
) -> None:
    assert (
        Version(provider="acme", command="acme", installed=Installed(installed), latest=latest).outdated
        is outdated
    )


async def test_a_detail_names_nobody() -> None:
    said = "Logged in as  ann.b+c@example.org\n(org 0b5c1c7e-1d0c-4f1e-8a55-2f8f0c5f9d10)"
    assert impersonal(said) == "Logged in as [redacted] (org [redacted])"

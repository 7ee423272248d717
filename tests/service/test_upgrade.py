"""Upgrades: planned from what the plugin says or from where the CLI lies, and run only on demand."""

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import trio
from msgspec import structs

from gateway.config import Config, ProviderConfig
from gateway.domain.caller import LOCAL, Caller
from gateway.domain.probes import Command
from gateway.errors import InvalidRequest, Refused
from gateway.plugin.manager import Plugins, load
from gateway.plugin.provider import Provider
from gateway.service.surroundings import Surroundings
from gateway.service.upgrade import GRACE, Plan, Upgraded, Upgrades

Place = Callable[..., tuple[Upgrades, Provider]]

NPM = """#!/bin/sh
echo "npm $*"
echo "#!/bin/sh\necho 2.0.0" >"$4/lib/node_modules/@acme/code/cli"
"""
UPGRADER = """
from gateway import Command, hookimpl

@hookimpl
def gateway_upgrade(target):
    return Command(("-c", f"echo to {target}; echo echo-key-12345678 >&2; exit 3"), 30.0)
"""


@pytest.fixture(autouse=True)
async def _bounded():
    with trio.fail_after(60):
        yield


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


@pytest.fixture
def placed(config: Config, environ: dict[str, str], tmp_path: Path) -> Place:
    """Puts a CLI of version 1.0.0 at a path, with npm and uv beside it."""

    def place(path: str, *others: str) -> tuple[Upgrades, Provider]:
        cli = script(tmp_path / path, "#!/bin/sh\necho 1.0.0\n")
        bins = str(script(tmp_path / "bin" / "npm", NPM).parent)
        script(tmp_path / "bin" / "uv", "#!/bin/sh\n")
        plugins: Plugins = load(["gateway.testing.echo", *others])
        echo = plugins.provider("echo")
        info = structs.replace(echo.info, version=Command(("--version",)), help=())
        there = structs.replace(config, providers={"echo": ProviderConfig(str(cli))})
        surroundings = Surroundings(there, plugins, environ | {"PATH": f"{bins}:/usr/bin:/bin"})
        return Upgrades(surroundings, lambda text: text.replace("12345678", "*")), Provider(info, echo._hooks)

    return place


@pytest.fixture
def upgrader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A plugin that knows how to upgrade."""
    (tmp_path / "plugged").mkdir()
    (tmp_path / "plugged" / "upgrader.py").write_text(UPGRADER)
    monkeypatch.syspath_prepend(tmp_path / "plugged")
    monkeypatch.delitem(sys.modules, "upgrader", raising=False)
    return "upgrader"


@pytest.mark.parametrize(
    ("path", "target", "strategy", "tool", "args"),
    [
        (
            "lib/node_modules/@acme/code/cli", "latest", "npm-global-install", "npm",
            ("install", "-g", "--prefix", "{root}", "@acme/code@latest"),
        ),
        (
            "lib/node_modules/code/bin/cli.js", "1.2.3", "npm-global-install", "npm",
            ("install", "-g", "--prefix", "{root}", "code@1.2.3"),
        ),
        (
            "share/uv/tools/code/bin/cli", "latest", "uv-tool-install", "uv",
            ("tool", "install", "code@latest"),
        ),
        ("share/uv/tools/code/bin/cli", "1.2.3", "uv-tool-install", "uv", ("tool", "install", "code==1.2.3")),
    ],
)  # fmt: skip
async def test_the_installer_is_known_by_where_the_cli_lies(
    placed: Place, tmp_path: Path, path: str, target: str, strategy: str, tool: str, args: tuple[str, ...]
) -> None:
    upgrades, provider = placed(path)
    assert await upgrades.plan(provider, target, LOCAL) == Plan(
        cli="echo",
        target=target,
        strategy=strategy,
        command=str(tmp_path / "bin" / tool),
        args=tuple(word.format(root=tmp_path) for word in args),
    )


@pytest.mark.parametrize(
    ("path", "target", "why"),
    [
        ("opt/code/cli", "latest", "How {path} was installed is not known."),
        ("opt/pipx/venvs/code/bin/cli", "latest", "{path} was installed by pipx, which is not on PATH."),
        ("opt/Cellar/code/1.0/bin/cli", "1.2.3", "How {path} was installed is not known."),
    ],
)
async def test_a_plan_says_what_the_gateway_cannot_do(
    placed: Place, tmp_path: Path, path: str, target: str, why: str
) -> None:
    upgrades, provider = placed(path)
    plan = await upgrades.plan(provider, target, LOCAL)
    assert plan == Plan(
        cli="echo",
        target=target,
        strategy="manual",
        note=f"{why.format(path=tmp_path / path)} The gateway cannot upgrade it; do it by hand: "
        "`python -m pip install gateway`.",
    )
    with pytest.raises(InvalidRequest, match=r"^The gateway cannot upgrade Echo\.$"):
        await upgrades.run(provider, plan, None)


async def test_where_the_installer_is_not_known_the_plugin_is_asked(
    placed: Place, upgrader: str, tmp_path: Path
) -> None:
    upgrades, provider = placed("opt/code/cli", upgrader)
    assert await upgrades.plan(provider, " 2.0.0 ", LOCAL) == Plan(
        cli="echo",
        target="2.0.0",
        strategy="self-update",
        command=str(tmp_path / "opt/code/cli"),
        args=("-c", "echo to 2.0.0; echo echo-key-12345678 >&2; exit 3"),
        timeout_ms=30_000,
    )


@pytest.mark.parametrize("target", ["2.0.0", "latest"])
async def test_what_an_installer_has_put_there_is_upgraded_in_its_place(
    placed: Place, upgrader: str, target: str
) -> None:
    upgrades, provider = placed("lib/node_modules/@acme/code/cli", upgrader)
    plan = await upgrades.plan(provider, target, LOCAL)
    assert (plan.strategy, plan.args[-1]) == ("npm-global-install", f"@acme/code@{target}")


async def test_a_success_that_left_another_version_is_told(placed: Place) -> None:
    upgrades, provider = placed("lib/node_modules/@acme/code/cli")
    plan = await upgrades.plan(provider, "3.0.0", LOCAL)
    done = await upgrades.run(provider, plan, None)
    assert (done.exit_code, done.version_after) == (0, "2.0.0")
    assert done.note == "The command succeeded, but the installed version is 2.0.0."


async def test_an_installer_that_is_ended_has_time_to_undo_what_it_began(
    placed: Place, tmp_path: Path
) -> None:
    upgrades, provider = placed("lib/node_modules/@acme/code/cli")
    script(tmp_path / "bin" / "npm", '#!/bin/sh\nps -o args= -p "$PPID"\n')
    done = await upgrades.run(provider, await upgrades.plan(provider, "3.0.0", LOCAL), 30.0)
    grace = re.search(r"/probe \d+ (\d+) ", done.stdout)  # as the watchdog beside it has been told
    assert (grace and float(grace[1]), GRACE) == (GRACE, 15.0)


@pytest.mark.parametrize(
    "target",
    ["", " ", "-g", "--prefix=/", "a b", "1.0;ls", "../x", "git+https://x/y", "npm:evil@1", "é", "x" * 65],
)
async def test_a_target_that_is_no_version_is_refused(placed: Place, target: str) -> None:
    upgrades, provider = placed("opt/code/cli")
    with pytest.raises(
        InvalidRequest,
        match=r"^Upgrade target must be a non-empty package tag or version without whitespace and cannot start "
        r"with '-'$",
    ):
        await upgrades.plan(provider, target, LOCAL)


async def test_a_remote_caller_may_not_upgrade(placed: Place) -> None:
    upgrades, provider = placed("opt/code/cli")
    with pytest.raises(Refused):
        await upgrades.plan(provider, "latest", Caller(principal="far", names_paths=False))


async def test_an_upgrade_tells_the_version_before_and_after(placed: Place, tmp_path: Path) -> None:
    upgrades, provider = placed("lib/node_modules/@acme/code/cli")
    plan = await upgrades.plan(provider, "2.0.0", LOCAL)
    assert await upgrades.run(provider, plan, None) == Upgraded(
        stdout=f"npm install -g --prefix {tmp_path} @acme/code@2.0.0\n",
        stderr="",
        exit_code=0,
        timed_out=False,
        version_before="1.0.0",
        version_after="2.0.0",
    )


async def test_an_upgrade_that_fails_is_a_result_without_secrets(
    placed: Place, upgrader: str, tmp_path: Path
) -> None:
    upgrades, provider = placed("opt/code/cli", upgrader)
    plan = await upgrades.plan(provider, "2.0.0", LOCAL)
    done = await upgrades.run(provider, structs.replace(plan, command="/bin/sh"), None)
    assert done == Upgraded(
        stdout="to 2.0.0\n",
        stderr="echo-key-*\n",
        exit_code=3,
        timed_out=False,
        version_before="1.0.0",
        version_after="1.0.0",
    )

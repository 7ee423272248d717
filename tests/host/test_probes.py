"""Looking at the world for a plugin."""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import trio

from gateway.domain.probes import Command, EnvVar, HomeFile, Package, Probe, Reading
from gateway.host import probes
from gateway.host.probes import look

ENVIRON = {"PATH": "/usr/bin:/bin"}


@pytest.fixture(autouse=True)
async def _bounded() -> AsyncIterator[None]:
    with trio.fail_after(60):
        yield


async def run(script: str, seconds: float = 15.0, **environ: str) -> Reading:
    probe = Command(("-c", script), seconds)
    return await look(probe, executable="/bin/sh", environ=ENVIRON | environ)


async def test_a_command_tells_its_output_and_its_status() -> None:
    assert await run("echo out; echo err >&2; exit 3") == Reading(
        found=True, text="out\n\nerr\n", returncode=3
    )


async def test_output_that_is_no_text_is_still_read() -> None:
    assert await run(r"printf '\377'") == Reading(found=True, text="\ufffd\n", returncode=0)


async def test_a_command_gets_no_input_and_only_the_environment_it_is_given() -> None:
    assert (await run('cat; echo "$A:$HOME"', A="1")).text == "1:\n\n"


async def test_a_command_runs_in_an_empty_folder_that_is_gone_afterwards() -> None:
    reading = await run("pwd; ls -A")
    folder, *listed = reading.text.split("\n")
    assert listed == ["", ""]
    assert not os.path.exists(folder)


async def test_a_command_that_takes_too_long_is_ended(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "GRACE", 0.1)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(bench.door.heard)
        reading = await run(
            'trap "" TERM; exec 3>"$DOOR"; echo ready >&3; echo begun; sleep 60', 2.0, DOOR=bench.door.path
        )
    assert reading.text.startswith("begun\n")
    assert (reading.found, reading.returncode) == (True, -9)
    assert await bench.door.closed() == b""


async def test_a_command_of_a_cli_that_is_not_there_finds_nothing() -> None:
    assert await look(Command(("--version",)), executable=None, environ=ENVIRON) == Reading(found=False)


@pytest.mark.parametrize(("value", "found"), [("secret", True), ("", False), (None, False)])
async def test_a_variable_is_told_to_be_set_and_never_what_it_holds(value: str | None, found: bool) -> None:
    environ = {} if value is None else {"ACME_KEY": value}
    assert await look(EnvVar("ACME_KEY"), executable=None, environ=environ) == Reading(found=found)


@pytest.mark.parametrize(
    ("probe", "reading"),
    [
        (HomeFile(".acme/auth.json"), Reading(found=True, text="{}")),
        (HomeFile(".acme/auth.json", content=False), Reading(found=True)),
        (HomeFile(".acme/none.json"), Reading(found=False)),
        (HomeFile(".acme/none.json", content=False), Reading(found=False)),
        (HomeFile(".acme/*.json"), Reading(found=True, text="{}")),
        (HomeFile(".acme/*.json", content=False), Reading(found=True)),
        (HomeFile(".acme/*.toml", content=False), Reading(found=False)),
        (HomeFile("../outside"), Reading(found=False)),
        (HomeFile("auth.json", root_variable="ACME_HOME"), Reading(found=True, text="{}")),
        (Package("npm", "acme"), Reading(found=False)),
    ],
)
async def test_a_file_is_looked_for_below_the_home(tmp_path: Path, probe: Probe, reading: Reading) -> None:
    folder = tmp_path / "home" / ".acme"
    folder.mkdir(parents=True)
    (folder / "auth.json").write_text("{}")
    (tmp_path / "outside").write_text("secret")
    environ = {"HOME": str(tmp_path / "home"), "ACME_HOME": str(folder)}
    assert await look(probe, executable=None, environ=environ) == reading

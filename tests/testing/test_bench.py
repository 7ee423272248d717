"""The workbench on which plugins' own tests try them."""

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from gateway import InvalidRequest, Resume
from gateway.testing.bench import Bench

ECHO = Bench("gateway.testing.echo")
TRACE = {"traceparent": f"00-{'4' * 32}-{'2' * 16}-01"}


def test_a_launch_is_what_the_plugin_makes_of_the_arguments() -> None:
    assert "--model=echo-2" in ECHO.launch({"model": "echo-2"}).args
    assert ECHO.launch({"prompt": "hi"}).stdin == b"hi"


def test_a_session_goes_on_as_the_plugin_says_or_as_the_test_does() -> None:
    assert "--session-id=fresh-id" in ECHO.launch().args
    assert "--resume=mine" in ECHO.launch({"sessionId": "mine"}).args
    assert "--resume=other" in ECHO.launch({}, Resume("id", "other")).args


def test_arguments_that_are_wrong_are_refused_as_ever() -> None:
    with pytest.raises(InvalidRequest):
        ECHO.request({"prompt": 7})


async def test_a_run_is_a_whole_one_in_a_folder_of_its_own(tmp_path: Path) -> None:
    run = await ECHO.run(tmp_path, {"prompt": "ECHO:env"}, environ={"ECHO_MOOD": "good"}, trace=TRACE)
    assert (run.job.status, run.flight.ending, run.outcome.ending) == ("ended", "ok", "ok")
    assert '"ECHO_MOOD": "good"' in run.text
    assert {path.name for path in tmp_path.iterdir()} >= {"state", "work"}


async def test_a_run_uses_the_configuration_and_the_executable_it_is_given(tmp_path: Path) -> None:
    run = await ECHO.run(
        tmp_path, {"prompt": "hello"}, config={"flight_bodies": False}, executable=sys.executable
    )
    assert (run.text, run.flight.prompt) == ("hello", None)


async def test_a_run_that_is_refused_raises_what_callers_get(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest):
        await ECHO.run(tmp_path, {"prompt": "hello", "workingDir": "/nowhere"})


def test_a_plugin_that_does_not_load_is_told_with_its_traceback(monkeypatch: Any) -> None:
    broken = ModuleType("broken_plugin")
    broken.gateway_api = 99
    monkeypatch.setitem(sys.modules, "broken_plugin", broken)
    with pytest.raises(AssertionError, match="broken_plugin"):
        Bench("gateway.testing.echo", "broken_plugin")


def test_hooks_are_those_of_the_plugin_that_is_named() -> None:
    assert "gateway_launch" in ECHO.hooks("gateway.testing.echo")

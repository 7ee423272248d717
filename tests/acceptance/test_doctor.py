"""The doctor, with every real CLI installed: what it tells, and that the deep look is a real request to each."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from .homes import Home
from .mock_api import MockApi
from .real_clis import PROVIDERS

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "doctor.schema.json").read_text("utf-8"))
PATIENCE = 300


@pytest.fixture
def everything(cli_path: Callable[[str], str], home: Callable[..., Home]) -> Home:
    """A home for all CLIs; skipped where one is absent."""
    for provider in PROVIDERS.values():
        cli_path(provider.cli)
    return home()


def examined(home: Home, *words: str) -> tuple[int, dict[str, Any]]:
    """The exit code and the report, held against its schema."""
    done = subprocess.run(
        (sys.executable, "-m", "gateway", "doctor", "--json", *words),
        cwd=home.work, env=home.environment, capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    report = json.loads(done.stdout)
    jsonschema.validate(report, SCHEMA)
    return done.returncode, report


def test_every_cli_is_found_with_its_version_and_its_flags_as_declared(everything: Home):
    code, report = examined(everything)
    found = {
        name: (each["version"], each["missing_flags"], each["drift"])
        for name, each in report["providers"].items()
    }
    assert found == {name: (each.version, [], []) for name, each in PROVIDERS.items()}
    assert (code, report["ok"]) == (0, True)


def test_a_deep_look_is_a_real_request_to_each(everything: Home, mock: MockApi):
    before = len(mock.requests("Reply with exactly: pong"))
    code, report = examined(everything, "--deep")
    told = {
        name: (each["generation"]["ending"], each["generation"]["answer"])
        for name, each in report["providers"].items()
    }
    assert told == dict.fromkeys(PROVIDERS, ("ok", "pong"))
    assert (code, [each for each in report["findings"] if each["level"] == "error"]) == (0, [])
    assert len(mock.requests("Reply with exactly: pong")) - before >= len(PROVIDERS)
    assert report["cache_awareness"]["last_24h"]["total_requests"] == len(PROVIDERS)

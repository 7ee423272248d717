"""Runs the conformance checks over a provider that is there, and tells what came of each."""

import os
from collections import Counter
from pathlib import Path
from typing import Literal

import pytest
from msgspec import Struct

from gateway.host.passing import passing_folder
from gateway.testing.pytest_plugin import verdict

MODULE = """from pathlib import Path
from gateway.testing.conformance import Conformance

class TestProvider(Conformance):
    provider = {provider!r}
    plugin = {plugin!r}
    transcripts = {transcripts}
    secret_samples = {samples!r}
    also_imports = {also!r}
"""
WITHOUT = ("terminal", "cacheprovider", "xdist", "gateway", "unraisableexception")
BY_ITSELF = (*(f"-pno:{name}" for name in WITHOUT), "-c", os.devnull, "--import-mode", "importlib")
"""No output, no traces, nothing of the folder in which we happen to be, no search of all memory for garbage."""


class Patient(Struct, frozen=True, kw_only=True):
    """Whom to look at, and what is known of it beside what it declares."""

    provider: str
    plugin: str
    transcripts: str = ""
    """Empty: there are none, and what needs them is left out."""
    samples: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


class Check(Struct, frozen=True):
    """One check. ``told`` is why it failed, or why it does not apply."""

    name: str
    state: Literal["passed", "failed", "skipped"]
    told: str = ""


class Checkup(Struct, frozen=True):
    """All of them."""

    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        return bool(self.checks) and all(each.state != "failed" for each in self.checks)

    @property
    def verdict(self) -> str:
        return verdict(Counter(each.state for each in self.checks))


class _Notes:
    """A plugin of pytest that keeps what comes of each test."""

    def __init__(self) -> None:
        self.checks: list[Check] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call" and report.outcome == "passed":
            return
        told = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longreprtext
        name = report.nodeid.rpartition("::")[2].removeprefix("test_")
        self.checks.append(Check(name.replace("_", " "), report.outcome, told.removeprefix("Skipped: ")))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.checks.append(Check("the checks can be collected", "failed", report.longreprtext))


def check_up(patient: Patient, only: str = "") -> Checkup:
    """Run the checks, or those whose name holds ``only``."""
    notes = _Notes()
    with passing_folder("check") as folder:
        module = Path(folder, f"{os.path.basename(folder)}.py")
        module.write_text(
            MODULE.format(
                provider=patient.provider,
                plugin=patient.plugin,
                transcripts=f"Path({patient.transcripts!r})" if patient.transcripts else None,
                samples=patient.samples or None,
                also=patient.also,
            ),
            encoding="utf-8",
        )
        here = ("--rootdir", folder, "--confcutdir", folder)
        chosen = ("-k", only) if only else ()
        pytest.main([*BY_ITSELF, *here, *chosen, str(module)], plugins=[notes])
    return Checkup(tuple(notes.checks))

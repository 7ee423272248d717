"""The benchmarks run, and tell what they have measured."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.acceptance
def test_a_scenario_is_measured_for_us_and_for_the_floor(tmp_path: Path) -> None:
    out = tmp_path / "figures.json"
    command = [
        sys.executable,
        "benchmarks/run.py",
        "sync",
        "restart",
        "--quick",
        "--reps",
        "1",
        "--out",
        str(out),
    ]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    runs = {(run["scenario"], run["candidate"]): run for run in json.loads(out.read_text())["runs"]}
    assert set(runs) == {("sync", "gateway"), ("sync", "floor"), ("restart", "gateway")}
    assert [run for run in runs.values() if "error" in run] == []
    assert runs["restart", "gateway"]["figures"]["whole_outputs"] == 50
    assert "| SIGKILL with 50 running: whole outputs | 50 | ≥ 50 |" in told


@pytest.mark.acceptance
def test_a_scenario_that_is_none_is_told(tmp_path: Path) -> None:
    command = [sys.executable, "benchmarks/run.py", "nothing"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr.startswith("There is no scenario nothing.")) == (1, True)

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
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout
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


@pytest.mark.acceptance
@pytest.mark.parametrize(
    ("others", "figures", "said"),
    [
        (0.0, {"gap_ms": 25.0, "gap_cpu_ms": 25.0}, ""),
        (0.0, {"gap_ms": 25.1, "gap_cpu_ms": 4.0}, "sync: the event loop was away for 25.1 ms on the wall"),
        (50.0, {"gap_ms": 90.0, "gap_cpu_ms": 4.0}, ""),
        (
            50.0,
            {"gap_ms": 90.0, "gap_cpu_ms": 26.0},
            "sync: the event loop was away for 26 ms of the processor",
        ),
    ],
)
def test_a_run_with_a_blocked_event_loop_fails(
    tmp_path: Path, others: float, figures: dict[str, float], said: str
) -> None:
    recorded = json.loads((ROOT / "benchmarks" / "figures.json").read_text())
    run = {"scenario": "sync", "candidate": "gateway", "figures": figures, "others_percent": others}
    file = tmp_path / "figures.json"
    file.write_text(json.dumps(recorded | {"runs": [run | {"bare_ms": 0.4}]}))
    command = [sys.executable, "benchmarks/run.py", "--show", str(file)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    told = f"{said}; at most 25 ms are allowed\n" if said else ""
    assert (ran.returncode, ran.stderr) == (bool(said), told)

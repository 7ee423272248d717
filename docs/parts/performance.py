"""What a run of ``benchmarks/run.py --record`` has measured."""

import json
import sys
from pathlib import Path
from typing import Any

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
sys.path.append(str(BENCHMARKS))

import report  # noqa: E402 - found from here on
from bench import SCENARIOS  # noqa: E402
from targets import REFERENCE_SPAWN, slower  # noqa: E402

TOLD: dict[str, Any] = json.loads((BENCHMARKS / "figures.json").read_text("utf-8"))


def machine() -> str:
    """Where the figures come from."""
    limits = TOLD["limits"]
    busy = report.median([run["others_percent"] for run in TOLD["runs"]])
    return (
        f"{report.machine(TOLD)}. Others used {busy:.0f} % of one processor meanwhile. "
        f"Running the CLI bare took {limits['spawn_ms']:g} ms, a shell {limits['shell_ms']:g} ms, creating a file "
        f"{limits['file_ms']:g} ms, a commit of SQLite {limits['commit_ms']:g} ms, appending 49 MB to a file "
        f"{limits['append_49_mb_ms']:g} ms; 49 MiB of a CLI's output through a pipe {limits['output_49_mb_ms']:g} ms."
    )


def targets() -> str:
    """The targets, and whether they are met."""
    times = slower(TOLD)
    said = (
        f"A bare CLI took {times:.2f} times as long as where version 1.7.0 was measured ({REFERENCE_SPAWN} ms): "
        "targets that are multiples of its figures are scaled by that."
    )
    return "\n".join((said, "", *report.table(TOLD)))


def figures() -> str:
    """Every figure, median and spread."""
    return "\n\n".join(report.scenarios(report.figures(TOLD), None))


def scenarios() -> str:
    """What is measured."""
    import scenarios  # noqa: F401 - fills the table

    return "\n".join(f"- `{each.name}`: {each.what}" for each in SCENARIOS.values())

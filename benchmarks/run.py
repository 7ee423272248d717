"""Measures the gateway beside the machine's limits: ``python benchmarks/run.py --help``.

Repetitions are interleaved, each with a fresh home and every candidate in turn, so that a machine that others use
slows all of them alike. Trust ratios within one run, not milliseconds of two.
"""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import bare
import msgspec
import report
import scenarios  # noqa: F401 - fills the table
import system
from bench import SCENARIOS, Bench, Scenario
from gateways import Candidate, candidates
from home import Home, compiled, ground
from targets import missed

HERE = Path(__file__).parent
FIGURES = HERE / "figures.json"


def arguments() -> argparse.Namespace:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=f"of: {', '.join(SCENARIOS)}")
    asked.add_argument("--reps", type=int, default=3, help="repetitions of each (default: 3)")
    asked.add_argument("--quick", action="store_true", help="a fifth of the requests: for a first look")
    asked.add_argument(
        "--only", metavar="NAME", action="append", help="a candidate: gateway, floor, reference"
    )
    asked.add_argument(
        "--reference", metavar="COMMAND", help="how to start llm-cli-gateway 1.7.0, if you have it"
    )
    asked.add_argument(
        "--provider",
        metavar="NAME",
        default="bench",
        help="whose tools of the reference are asked; the fake CLI gets that name, too",
    )
    asked.add_argument("--before", metavar="COMMAND", help="how to start an earlier version of this gateway")
    asked.add_argument(
        "--keep",
        action="store_true",
        help="leave the homes: where many files were removed, ext4 takes longer to make one for five minutes",
    )
    asked.add_argument("--out", type=Path, metavar="FILE", help="write the figures there, as JSON")
    asked.add_argument(
        "--compare", type=Path, metavar="FILE", help="show them beside those of an earlier run"
    )
    asked.add_argument(
        "--show", type=Path, metavar="FILE", help="measure nothing: show the figures of a file"
    )
    asked.add_argument(
        "--record", action="store_true", help=f"write {FIGURES.name} and the page that tells them"
    )
    return asked.parse_args()


def measured(asked: argparse.Namespace) -> dict[str, Any]:
    """All repetitions of all scenarios for all candidates."""
    chosen = [SCENARIOS[name] for name in asked.scenarios or SCENARIOS]
    place = ground()
    try:
        clis = compiled(place, *({asked.provider} - {"bench"}))
        home = Home(clis)
        limits = bare.limits(home.cli, home.environ())
        runs = []
        for repetition in range(asked.reps):
            for each in chosen:
                for candidate in candidates(asked.reference, asked.before, asked.provider):
                    if (asked.only and candidate.name not in asked.only) or not each.suits(candidate):
                        continue
                    bench = Bench(candidate, clis, quick=asked.quick)
                    runs.append(_run(each, candidate, bench, repetition))
                    runs[-1]["bare_ms"] = round(bare.spawn_ms(home.cli, home.environ()), 3)
    finally:
        if not asked.keep:
            shutil.rmtree(place, ignore_errors=True)
    return {"machine": system.machine(), "limits": limits, "quick": asked.quick, "runs": runs}


def _run(each: Scenario, candidate: Candidate, bench: Bench, repetition: int) -> dict[str, Any]:
    others = system.Others()
    told: dict[str, Any] = {"scenario": each.name, "candidate": candidate.name, "repetition": repetition}
    try:
        told["figures"] = each.measure(bench)
    except (RuntimeError, ConnectionError, TimeoutError, msgspec.DecodeError, KeyError) as error:
        told["error"] = f"{type(error).__name__}: {error}"
    told["others_percent"] = others.percent()
    said = told.get("error") or "  ".join(f"{name} {value:g}" for name, value in told["figures"].items())
    print(
        f"{each.name:12} {candidate.name:10} others {told['others_percent']:4.0f}%  {said}", file=sys.stderr
    )
    return told


def main() -> None:
    asked = arguments()
    unknown = [name for name in asked.scenarios if name not in SCENARIOS]
    if unknown:
        sys.exit(f"There is no scenario {', '.join(unknown)}. There are: {', '.join(SCENARIOS)}.")
    told = msgspec.json.decode(asked.show.read_bytes()) if asked.show else measured(asked)
    for path in filter(None, (asked.out, FIGURES if asked.record else None)):
        path.write_bytes(msgspec.json.format(msgspec.json.encode(told), indent=1) + b"\n")
    earlier = msgspec.json.decode(asked.compare.read_bytes()) if asked.compare else None
    print(report.text(told, earlier))
    if asked.record:
        subprocess.run([sys.executable, HERE.parent / "docs" / "generate.py"], check=True)
    sys.exit("\n".join(_failures(told)) or None)


def _failures(told: dict[str, Any]) -> list[str]:
    """What no run may have: a scenario that could not be measured, an event loop that was blocked."""
    broken = [f"{run['scenario']}: not measured" for run in told["runs"] if _broken(run)]
    return broken + missed(told)


def _broken(run: dict[str, Any]) -> bool:
    return "error" in run and run["candidate"] == "gateway"


if __name__ == "__main__":
    main()

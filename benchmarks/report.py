"""Figures as tables: what was measured, what it is to be, and what it was before."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from bench import SCENARIOS
from spread import median
from targets import GAP, TARGETS, longest, slower

Told = dict[str, Any]
Found = dict[tuple[str, str, str], list[float]]


def figures(told: Told) -> Found:
    """Every repetition's figure, by scenario, candidate and name."""
    found: Found = defaultdict(list)
    for run in told["runs"]:
        for name, value in run.get("figures", {}).items():
            found[run["scenario"], run["candidate"], name].append(value)
    return found


def text(told: Told, earlier: Told | None = None) -> str:
    """Everything, for a terminal or a page."""
    parts = [
        machine(told),
        *scenarios(figures(told), figures(earlier) if earlier else None),
        _troubles(told),
    ]
    return "\n\n".join(part for part in (*parts, "\n".join(table(told))) if part)


def machine(told: Told) -> str:
    facts = told["machine"]
    packages = ", ".join(f"{name} {version}" for name, version in facts["packages"].items())
    return (
        f"{facts['processor']}, {facts['processors']} processors, {facts['memory_gb']} GB, {facts['system']}, "
        f"Python {facts['python']}, {packages}; {facts['at']}, load {facts['load']}"
    )


def scenarios(found: Found, earlier: Found | None) -> Iterator[str]:
    for scenario in dict.fromkeys(scenario for scenario, _, _ in found):
        names = dict.fromkeys(name for each, _, name in found if each == scenario)
        columns = list(dict.fromkeys(candidate for each, candidate, _ in found if each == scenario))
        head = [scenario, *columns, *(["gateway before"] if earlier else [])]
        lines = [f"{scenario}: {SCENARIOS[scenario].what}", _row(head), _row(["---"] * len(head))]
        for name in names:
            cells = [cell(found.get((scenario, column, name))) for column in columns]
            before = [cell(earlier.get((scenario, "gateway", name)))] if earlier else []
            lines.append(_row([name, *cells, *before]))
        yield "\n".join(lines)


def cell(values: list[float] | None) -> str:
    """The median, and how far the repetitions lie apart."""
    if not values:
        return "-"
    spread = f" ({min(values):g}…{max(values):g})" if max(values) != min(values) else ""
    return f"{median(values):g}{spread}"


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _troubles(told: Told) -> str:
    return "\n".join(
        f"{run['scenario']} {run['candidate']}: {run['error']}" for run in told["runs"] if "error" in run
    )


def table(told: Told) -> Iterator[str]:
    """The targets, and whether they are met."""
    found, times = figures(told), slower(told)
    yield _row(["what", "gateway", "target", "1.7.0", "met"])
    yield _row(["---"] * 5)
    for target in TARGETS:
        values = found.get((target.scenario, "gateway", target.figure))
        measured = found.get((target.scenario, "reference", target.figure))
        known = (
            target.known if target.of is None else target.of / times if target.least else target.of * times
        )
        beside = cell(measured) if measured else "-" if known is None else f"{known:,.4g}"
        sign = "≥" if target.least else "≤"
        limit = f"{sign} {target.limit(times):,.4g} {target.unit}".strip()
        met = "-" if not values else "yes" if target.met(median(values), times) else "**no**"
        yield _row([target.what, cell(values), limit, beside, met])
    yield from map(_row, _gaps(told))


def _gaps(told: Told) -> Iterator[list[str]]:
    """The longest time that the event loop was away in any scenario, by each of the two clocks."""
    found = longest(told)
    for clock, words in (("gap_cpu_ms", "processor"), ("gap_ms", "wall")):
        its = {gap: scenario for (scenario, name), gap in found.items() if name == clock}
        worst = max(its, default=None)
        where = f", at most (`{its[worst]}`)" if worst is not None else ""
        value, met = ("-", "-") if worst is None else (f"{worst:g}", "yes" if worst <= GAP else "**no**")
        yield [f"event loop away, {words}{where}", value, f"≤ {GAP:g} ms", "-", met]

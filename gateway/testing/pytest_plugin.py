"""What pytest does for authors of plugins: it says at the end how each provider stands.

Installed as a plugin of pytest, so it is loaded by every run in an environment that has the gateway: it imports
nothing, and looks at one attribute of each test. The checks themselves are in `gateway.testing.conformance`.
"""

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest

CHECKED = "gateway provider"
"""The property of a test's report that names the provider it was a check of."""


def pytest_itemcollected(item: "pytest.Item") -> None:
    provider = getattr(getattr(item, "cls", None), "checked_provider", None)
    if provider is not None:
        item.user_properties.append((CHECKED, provider))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for provider, counts in _counted(terminalreporter.stats).items():
        terminalreporter.write_line(f"{provider}: {verdict(counts)}")


def _counted(stats: dict[str, list[Any]]) -> dict[str, Counter[str]]:
    """How many checks of each provider passed, failed, did not apply."""
    counted: dict[str, Counter[str]] = {}
    for outcome, reports in stats.items():
        for report in reports:
            provider = dict(getattr(report, "user_properties", ())).get(CHECKED)
            if provider is not None and outcome in ("passed", "failed", "skipped", "error"):
                counted.setdefault(provider, Counter())[outcome] += 1
    return counted


def verdict(counts: Counter[str]) -> str:
    """One line, fit for a README where nothing has failed."""
    from gateway import API_VERSION, __version__

    whom = f"gateway {__version__} (hooks {API_VERSION})"
    failed = counts["failed"] + counts["error"]
    if failed:
        return f"fails {failed} of {counts.total()} conformance checks of {whom}"
    left = f"; {counts['skipped']} left out" if counts["skipped"] else ""
    return f"passes {counts['passed']} conformance checks of {whom}{left}"

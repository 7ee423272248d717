"""What pytest says at its end of providers that were checked."""

import subprocess
import sys
from types import SimpleNamespace

import pytest

from gateway import API_VERSION, __version__
from gateway.testing import pytest_plugin
from gateway.testing.conformance import Conformance

WHOM = f"gateway {__version__} (hooks {API_VERSION})"


def told(**outcomes: list[str | None]) -> list[str]:
    """The lines for reports of these outcomes, each about a provider or about none."""
    stats = {
        outcome: [
            SimpleNamespace(user_properties=[(pytest_plugin.CHECKED, name)] if name else []) for name in names
        ]
        for outcome, names in outcomes.items()
    }
    lines: list[str] = []
    pytest_plugin.pytest_terminal_summary(SimpleNamespace(stats=stats, write_line=lines.append))
    return lines


def test_each_provider_gets_a_line_for_its_readme() -> None:
    assert told(passed=["acme", "acme", "zeta", None], skipped=["acme"]) == [
        f"acme: passes 2 conformance checks of {WHOM}; 1 left out",
        f"zeta: passes 1 conformance checks of {WHOM}",
    ]


def test_a_failure_is_told_instead() -> None:
    assert told(passed=["acme"], failed=["acme"]) == [f"acme: fails 1 of 2 conformance checks of {WHOM}"]


def test_a_run_without_checks_hears_nothing() -> None:
    assert told(passed=[None], skipped=[None]) == []


def test_a_check_is_known_by_its_provider(request: pytest.FixtureRequest) -> None:
    class Acme(Conformance):
        provider = "acme"

    items = [SimpleNamespace(cls=kind, user_properties=[]) for kind in (Acme, None, Conformance, str)]
    for item in items:
        pytest_plugin.pytest_itemcollected(item)
    assert [item.user_properties for item in items] == [[(pytest_plugin.CHECKED, "acme")], [], [], []]


def test_other_peoples_runs_of_pytest_pay_for_nothing() -> None:
    program = "import gateway.testing.pytest_plugin, sys; print(*(n for n in sys.modules if 'gateway' in n))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == {"gateway", "gateway.testing", "gateway.testing.pytest_plugin"}

"""What every plugin must pass, as one class to inherit from.

    class TestAcme(Conformance):
        provider = "acme"
        plugin = "gateway_plugin_acme"
        transcripts = Path(__file__).parent / "transcripts"

That is a whole test module. `Battery` tells the attributes, `gateway.testing.transcripts` the files of the folder.
"""

from collections.abc import Callable
from typing import Any

import pytest

from gateway.testing.conformance.battery import UNRECORDED, recordings

pytest.register_assert_rewrite(
    *(f"{__name__}.{module}" for module in ("declaring", "launching", "decoding", "running"))
)

from gateway.testing.conformance.declaring import Declaring  # noqa: E402 - assertions explain themselves from here on
from gateway.testing.conformance.decoding import Decoding  # noqa: E402 - the same
from gateway.testing.conformance.launching import AWKWARD, Launching  # noqa: E402 - the same
from gateway.testing.conformance.running import Running  # noqa: E402 - the same

NONE = {"none": pytest.param(None, marks=pytest.mark.skip(reason=UNRECORDED))}


class Conformance(Declaring, Launching, Decoding, Running):
    """All checks. A subclass whose name begins with ``Test`` is collected by pytest."""

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Run a check once for each transcript, each claimed resume mode or each awkward prompt."""
        tables: dict[str, Callable[[], dict[str, Any]]] = {
            "transcript": lambda: {each.name: each for each in recordings(self.transcripts)} or NONE,
            "mode": lambda: {mode: mode for mode in sorted(self.tested.info.capabilities.resume)},
            "awkward": lambda: {prompt[:24]: prompt for prompt in AWKWARD},
        }
        for name in (name for name in tables if name in metafunc.fixturenames):
            table = tables[name]()
            metafunc.parametrize(name, list(table.values()), ids=list(table))

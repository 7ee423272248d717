"""What tests of several rooms use."""

from collections.abc import Iterator

import pytest

from .warm import Warm


@pytest.fixture(scope="session")
def warm() -> Iterator[Warm]:
    """Starts `gateway` as a process of its own, without the cost of a start."""
    with Warm() as warm:
        yield warm

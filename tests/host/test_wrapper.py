"""The watchdog's descriptors."""

import os
import resource
from collections.abc import Iterator
from contextlib import suppress

import pytest

from gateway.host.wrapper import watch


@pytest.fixture
def nearly_full() -> Iterator[None]:
    """A process that may open one more descriptor."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, limits[1]))
    held: list[int] = []
    try:
        with suppress(OSError):
            while True:
                held.append(os.dup(2))
        os.close(held.pop())
        yield
    finally:
        for each in held:
            os.close(each)
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_a_watchdog_that_gets_no_descriptors_leaves_none_behind(nearly_full: None) -> None:
    with pytest.raises(OSError, match="Too many open files"), watch(9):
        pass
    os.close(os.dup(2))

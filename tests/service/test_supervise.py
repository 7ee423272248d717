"""How often a running CLI is looked at."""

import pytest

from gateway.service.supervise import LOOKS, TICK, between


@pytest.mark.parametrize(("running", "seconds"), [(1, TICK), (100, TICK), (200, 0.2), (1000, 1.0)])
def test_a_few_are_looked_at_often_and_many_never_more_often_than_a_gateway_can(
    running: int, seconds: float
) -> None:
    assert between(running) == seconds
    assert running / between(running) <= LOOKS

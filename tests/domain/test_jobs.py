"""The ways a job may go."""

from typing import get_args

from gateway.domain.jobs import TRANSITIONS, JobStatus


def test_every_status_is_in_the_table_of_transitions() -> None:
    assert set(TRANSITIONS) == set(get_args(JobStatus))


def test_an_ended_job_goes_nowhere() -> None:
    assert TRANSITIONS["ended"] == ()


def test_every_job_can_end_and_none_goes_back() -> None:
    order = list(TRANSITIONS)
    for status, followers in TRANSITIONS.items():
        assert status == "ended" or "ended" in followers
        assert all(order.index(follower) > order.index(status) for follower in followers)

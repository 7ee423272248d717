"""The patience of our clients, and what it means."""

import pytest

from gateway.config import Config
from gateway.domain.probes import Finding
from gateway.plugin.manager import Plugins
from gateway.service.clients import ClientReport, clients, of_clients

AFTER = "become jobs that llm_job_result answers"


def test_a_client_is_told_when_it_gives_up_and_when_we_hand_over(plugins: Plugins) -> None:
    assert clients(Config(), plugins) == [
        ClientReport(
            name="Cline",
            call_limit_seconds=60.0,
            handed_over_after_seconds=45.0,
            meaning=f"it gives up on a call after 60 s; requests that take longer than 45 s {AFTER}",
        ),
        ClientReport(
            name="cursor-vscode",
            call_limit_seconds=60.0,
            handed_over_after_seconds=45.0,
            meaning=f"it gives up on a call after 60 s; requests that take longer than 45 s {AFTER}",
        ),
        ClientReport(
            name="echo-client",
            call_limit_seconds=None,
            handed_over_after_seconds=45.0,
            meaning=f"how long it waits is not known; requests that take longer than 45 s {AFTER}",
        ),
    ]


@pytest.mark.parametrize("deadline", [0, 61_000])
def test_a_deadline_beyond_a_clients_patience_is_a_finding(plugins: Plugins, deadline: int) -> None:
    told = list(of_clients(clients(Config(sync_deadline_ms=deadline), plugins)))
    assert told[1] == Finding(
        "clients",
        "cursor-vscode gives up after 60 s, before a long request is handed over as a job.",
        "Remove sync_deadline_ms from the configuration and SYNC_DEADLINE_MS from the environment.",
    )
    assert len(told) == 2


def test_the_usual_deadline_is_none(plugins: Plugins) -> None:
    assert list(of_clients(clients(Config(), plugins))) == []

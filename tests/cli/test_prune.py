"""Forgetting what is old, when asked to."""

import json
from pathlib import Path

import pytest


@pytest.fixture
def job_id(invoke) -> str:
    told: dict[str, str] = json.loads(invoke("ask", "echo", "hi", "--json").stdout)
    return told["jobId"]


def _kept(invoke, environ: dict[str, str]) -> tuple[list[str], list[str]]:
    """The ids of the jobs that are recorded, and of those that have a folder."""
    listed = json.loads(invoke("jobs", "list", "--json").stdout)["jobs"]
    folder = Path(environ["LLM_GATEWAY_STATE"], "jobs")
    return [job["id"] for job in listed], [path.name for path in folder.iterdir()]


def test_a_dry_run_tells_what_would_go_and_removes_nothing(invoke, environ, job_id: str) -> None:
    told = json.loads(invoke("jobs", "prune", "--days", "0", "--dry-run", "--json").stdout)
    assert (told["dryRun"], told["days"], told["jobs"], told["bytes"] > 0) == (True, 0, [job_id], True)
    assert _kept(invoke, environ) == ([job_id], [job_id])


def test_what_is_old_goes_with_everything_that_it_wrote(invoke, environ, job_id: str) -> None:
    said = invoke("jobs", "prune", "--days", "0").stdout
    assert said.startswith("Removed 1 job that ended more than 0 days ago, with ")
    assert _kept(invoke, environ) == ([], [])


def test_the_configuration_says_what_is_old(invoke, environ, job_id: str) -> None:
    said = invoke("jobs", "prune").stdout
    assert said == "Removed 0 jobs that ended more than 30 days ago, with 0 B of output.\n"
    assert _kept(invoke, environ) == ([job_id], [job_id])

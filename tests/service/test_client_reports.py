"""The patience of our clients, and what it means."""

import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.config import Config, Persistence
from gateway.domain.launch import McpServer
from gateway.domain.probes import Finding
from gateway.domain.provider import Client
from gateway.plugin.manager import Plugins
from gateway.plugin.provider import Provider
from gateway.service.client_reports import ClientReport, clients, of_clients
from gateway.service.setup import Place, places, write

AFTER = "become jobs that llm_job_result answers"
SERVER = McpServer(name="gateway", command="/bin/gateway", args=("serve",))
LONG = Config(sync_deadline_ms=0)


@pytest.fixture
def impatient(plugins: Plugins) -> Plugins:
    """Echo, as a client that gives up after 20 seconds."""
    info = plugins.providers["echo"].info
    twin = Provider(replace(info, client=replace(info.client or Client(), call_limit=20.0)), None)
    return replace(plugins, providers={"echo": twin})


@pytest.fixture
def found(impatient: Plugins, tmp_path: Path) -> dict[str, Place]:
    return places(impatient, SERVER, limit=100.0, environ={"HOME": str(tmp_path)})


def test_a_client_is_told_when_it_gives_up_and_when_we_hand_over(
    impatient: Plugins, found: dict[str, Place], tmp_path: Path
) -> None:
    told = {each.name: each for each in clients(Config(), impatient, found)}
    assert list(told) == ["cline", "cursor", "echo", "vscode"]
    assert told["cline"] == ClientReport(
        name="cline",
        title="Cline",
        calls_itself=("Cline",),
        call_limit_seconds=60.0,
        handed_over_after_seconds=45.0,
        meaning=f"it gives up on a call after 60 s; requests that take longer than 45 s {AFTER}",
        config_path=None,
        entry=None,
        problem=None,
        limit_lines="",
        lines="",
    )
    assert told["echo"] == ClientReport(
        name="echo",
        title="Echo",
        calls_itself=("echo-client",),
        call_limit_seconds=20.0,
        handed_over_after_seconds=16.0,
        meaning=f"it gives up on a call after 20 s; requests that take longer than 16 s {AFTER}",
        config_path=str(tmp_path / ".echo" / "echo.toml"),
        entry="absent",
        problem=None,
        limit_lines="tool_timeout_sec = 100",
        lines='[mcp_servers.gateway]\ncommand = "/bin/gateway"\nargs = ["serve"]\ntool_timeout_sec = 100\n',
    )
    assert told["vscode"].meaning.startswith("how long it waits is not known; ")


def test_a_deadline_beyond_a_clients_patience_is_a_finding(
    impatient: Plugins, found: dict[str, Place]
) -> None:
    told = {finding.message: finding.remedy for finding in of_clients(LONG, clients(LONG, impatient, found))}
    path = found["echo"].path
    assert [re.sub(r"[^ ]+/", "", remedy) for remedy in told.values()] == [
        "Remove sync_deadline_ms from the configuration and SYNC_DEADLINE_MS from the environment.",
        "Remove sync_deadline_ms from the configuration and SYNC_DEADLINE_MS from the environment.",
        "`gateway setup echo --write` puts tool_timeout_sec = 100 into echo.toml.",
    ]
    assert list(told)[2] == "Echo gives up after 20 s, before a long request is handed over as a job.", path


def test_where_no_jobs_are_kept_the_deadline_is_not_to_blame(
    impatient: Plugins, found: dict[str, Place]
) -> None:
    config = Config(persistence=Persistence(backend="none"))
    told = {each.remedy for each in of_clients(config, clients(config, impatient, found))}
    assert [remedy for remedy in told if "setup" not in remedy] == [
        "Set `backend` of `[persistence]` to sqlite: where no jobs are kept, none can be come back for."
    ]


def test_a_client_that_was_told_to_wait_is_none(impatient: Plugins, found: dict[str, Place]) -> None:
    write(found["echo"])
    told = [finding.message.split()[0] for finding in of_clients(LONG, clients(LONG, impatient, found))]
    assert told == ["Cline", "Cursor"]


def test_a_file_that_is_broken_is_a_finding(impatient: Plugins, found: dict[str, Place]) -> None:
    path = Path(found["echo"].path)
    path.parent.mkdir()
    path.write_text("[")
    (told,) = of_clients(Config(), clients(Config(), impatient, found))
    assert told == Finding("clients", told.message, "Correct the file.")
    assert told.message.startswith(f"Echo's {path} was left as it is: ")


def test_the_usual_deadline_is_none(impatient: Plugins, found: dict[str, Place]) -> None:
    assert list(of_clients(Config(), clients(Config(), impatient, found))) == []

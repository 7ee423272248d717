"""What lies on disk, looked at without touching it."""

import os
from pathlib import Path

import pytest
import trio

from gateway.domain.probes import Finding
from gateway.service.inspection import DatabaseReport, Exposed, JobsReport, StateReport, inspect
from gateway.store.condition import EXPECTED

REMEDY = "The next gateway that runs takes them over: start one, or look again if one is running."


@pytest.fixture(autouse=True)
async def _bounded():
    with trio.fail_after(60):
        yield


async def test_a_state_that_was_never_made_is_not_made(tmp_path: Path) -> None:
    state = tmp_path / "state"
    assert await inspect(str(state)) == StateReport(
        database=DatabaseReport(path=str(state / "gateway.db")), jobs=JobsReport(), exposed=(), findings=()
    )
    assert not state.exists()


async def test_a_sound_state_has_no_findings(gateway, config, ask) -> None:
    await ask(gateway, "hi")
    told = await inspect(config.state)
    assert (told.findings, told.jobs, told.exposed) == ((), JobsReport(), ())
    assert (told.database.exists, told.database.schema_version, told.database.problems) == (
        True,
        EXPECTED,
        (),
    )


async def test_the_database_is_left_as_it_is(gateway, config, ask) -> None:
    await ask(gateway, "hi")
    path = Path(config.state, "gateway.db")
    before = path.read_bytes()
    await inspect(config.state)
    assert path.read_bytes() == before


async def test_what_others_may_open_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "gateway.db").touch(0o600)
    (tmp_path / "installed.json").touch()
    (tmp_path / "installed.json").chmod(0o644)
    tmp_path.chmod(0o755)
    told = await inspect(str(tmp_path))
    assert told.exposed == (Exposed(str(tmp_path), "0755"), Exposed(str(tmp_path / "installed.json"), "0644"))
    assert told.findings[0] == Finding(
        "permissions",
        f"{tmp_path} may be opened by others (mode 0755).",
        f"chmod go-rwx {tmp_path}",
        "error",
    )


@pytest.mark.parametrize(
    ("folder", "mode", "told"), [(0o755, 0o644, 1), (0o755, 0o600, 0), (0o700, 0o644, 0)]
)
async def test_a_file_with_tokens_that_others_may_read_is_an_error(
    tmp_path: Path, folder: int, mode: int, told: int
) -> None:
    place = tmp_path / "place"
    place.mkdir()
    file = place / "config.toml"
    file.touch()
    file.chmod(mode)
    place.chmod(folder)
    found = await inspect(str(tmp_path / "state"), str(file))
    assert found.exposed == (Exposed(str(file), "0644"),) * told
    assert [finding.level for finding in found.findings] == ["error"] * told


@pytest.mark.parametrize(
    "content", [b"no database at all, but long enough to be read as the head of one" * 20]
)
async def test_a_database_that_cannot_be_read_is_an_error(tmp_path: Path, content: bytes) -> None:
    tmp_path.chmod(0o700)
    (tmp_path / "gateway.db").write_bytes(content)
    (tmp_path / "gateway.db").chmod(0o600)
    told = await inspect(str(tmp_path))
    assert [(finding.subject, finding.level) for finding in told.findings] == [("database", "error")]
    assert "is no database of the gateway" in told.findings[0].message


async def test_a_damaged_page_is_found(opened, config, ask) -> None:
    async with opened() as gateway:
        await ask(gateway, "x" * 200_000)
    path = Path(config.state, "gateway.db")
    data = bytearray(path.read_bytes())
    data[3 * 4096 : 4 * 4096] = b"\xff" * 4096
    path.write_bytes(data)
    told = await inspect(config.state)
    assert {(finding.subject, finding.level) for finding in told.findings} == {("database", "error")}


async def test_a_running_job_of_a_living_gateway_is_no_finding(gateway, config, submit) -> None:
    await submit(gateway, "ECHO:sleep=30")
    told = await inspect(config.state)
    assert (told.jobs, told.findings) == (JobsReport(unfinished=1), ())


async def test_jobs_of_a_gateway_that_is_gone_are_told(opened, config, submit) -> None:
    async with opened(heartbeat=600.0, lease=1200.0) as gateway:
        ticket = await submit(gateway, "ECHO:sleep=30")
        await gateway.database.run(lambda connection: connection.execute("update jobs set owner = '1-gone'"))
        told = await inspect(config.state)
    assert told.jobs.orphan_jobs == (ticket.job.id,)
    (finding,) = told.findings
    assert (finding.subject, finding.level, finding.remedy) == ("jobs", "warning", REMEDY)


async def test_a_lease_that_a_living_gateway_has_let_expire_is_told(opened, config, submit) -> None:
    async with opened(heartbeat=600.0, lease=1200.0) as gateway:
        ticket = await submit(gateway, "ECHO:sleep=30")
        await gateway.database.run(lambda connection: connection.execute("update jobs set lease_until = 1"))
        told = await inspect(config.state)
    assert told.jobs == JobsReport(unfinished=1, expired_leases=(ticket.job.id,))
    assert told.findings == (Finding("jobs", "1 jobs belong to a gateway that is stuck.", REMEDY),)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
async def test_a_state_that_cannot_be_written_is_an_error(opened, config, ask) -> None:
    async with opened() as gateway:
        await ask(gateway, "hi")
    os.chmod(config.state, 0o500)
    told = await inspect(config.state)
    os.chmod(config.state, 0o700)
    assert told.findings == (
        Finding("permissions", f"{config.state} cannot be written.", "Check its owner.", "error"),
    )

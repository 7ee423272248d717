"""When an answer is given twice, and what it must not be then: old, or somebody else's."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from gateway.service.gateway import Gateway

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="there is no git")


@pytest.fixture
def environ(environ: dict[str, str]) -> dict[str, str]:
    return environ | {"PATH": os.environ["PATH"]}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    (folder / "below").mkdir(parents=True)
    (folder / "below" / "file").write_text("one")
    for words in ("init", "add .", "-c user.name=me -c user.email=me@localhost commit -m first"):
        subprocess.run(["git", *words.split()], cwd=folder, check=True, capture_output=True)
    return folder


def looking(folder: Path, **more: object) -> dict[str, object]:
    return {"working_dir": str(folder), "permission": "look", **more}


async def test_the_same_question_about_the_same_files_gets_the_same_answer(
    gateway: Gateway, ask, repository: Path
) -> None:
    first = await ask(gateway, "what is there?", **looking(repository))
    second = await ask(gateway, "what is there?", **looking(repository))

    assert (second.job.id, second.text, second.flight.deduped) == (first.job.id, first.text, 1)


async def test_a_change_beside_the_folder_asked_about_counts_too(
    gateway: Gateway, ask, repository: Path
) -> None:
    file = repository / "below" / "file"
    file.write_text("changed")
    first = await ask(gateway, "what is there?", **looking(repository / "below"))
    file.write_text("changed again")
    second = await ask(gateway, "what is there?", **looking(repository / "below"))

    assert second.job.id != first.job.id


async def test_an_answer_about_a_folder_nobody_watches_is_not_given_twice(
    gateway: Gateway, ask, repository: Path, tmp_path: Path
) -> None:
    more = tmp_path / "more"
    more.mkdir()
    first = await ask(gateway, "what is there?", **looking(repository, add_dir=(str(more),)))
    second = await ask(gateway, "what is there?", **looking(repository, add_dir=(str(more),)))

    assert second.job.id != first.job.id


async def test_a_run_that_writes_into_its_folder_is_still_joined(
    gateway: Gateway, submit, tmp_path: Path
) -> None:
    first = await submit(gateway, "ECHO:sleep=60")
    (tmp_path / "written by the agent").touch()

    assert (await submit(gateway, "ECHO:sleep=60")).job.id == first.job.id


async def test_a_job_that_was_just_cancelled_is_joined_by_nobody(gateway: Gateway, submit) -> None:
    first = await submit(gateway, "ECHO:sleep=60")
    assert await gateway.cancel(first.job.id)

    assert (await gateway.database.read(_fingerprint, first.job.id)) is None


def _fingerprint(connection, job_id: str) -> str | None:
    ((fingerprint,),) = connection.execute("select fingerprint from jobs where id = ?", (job_id,))
    return fingerprint

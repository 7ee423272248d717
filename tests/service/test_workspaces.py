"""What a remote caller may name of this machine: registered folders, and those that were made for it."""

import os
import time
from pathlib import Path
from typing import Annotated, Any

import pytest
import trio
from msgspec import structs

from gateway.config import Config
from gateway.domain.caller import LOCAL, Caller, caller_named
from gateway.domain.request import LocalOnly, Request
from gateway.errors import ConfigError, GatewayError, InvalidRequest, NotFound, Refused
from gateway.plugin.manager import Plugins
from gateway.service.gateway import Gateway
from gateway.service.prepare import check_request
from gateway.service.retention import clear
from gateway.service.workspaces import check_workspaces, work_folder

ANN, BOB = caller_named("ann"), caller_named("bob")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A registered folder with a folder in it, and one that leads out of it."""
    (tmp_path / "project" / "src").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "project" / "out").symlink_to(tmp_path / "elsewhere")
    return tmp_path / "project"


@pytest.fixture
def config(config: Config, project: Path) -> Config:
    return structs.replace(config, workspaces={"project": str(project)})


async def ask(gateway: Gateway, caller: Caller, prompt: str = "hello", **fields: Any) -> tuple[str, str]:
    """Where a request has worked, and its session."""
    echo = gateway.plugins.provider("echo")
    request = echo.info.request(prompt=prompt, **fields)
    with trio.fail_after(60):
        ticket = await gateway.submit(echo, echo.info.offered()[0], request, mode="sync", caller=caller)
        reply = await gateway.wait(ticket)
    assert reply is not None
    assert reply.outcome.ending == "ok"
    return reply.job.directory, reply.outcome.session_id or ""


@pytest.mark.parametrize(
    ("named", "below"),
    [("project", "."), ("project/src", "src"), ("{root}", "."), ("{root}/src/../src/.", "src")],
)
async def test_a_workspace_is_named_by_its_name_or_its_path(
    gateway: Gateway, project: Path, named: str, below: str
) -> None:
    directory, _ = await ask(gateway, ANN, working_dir=named.format(root=project))

    assert directory == str((project / below).resolve())


@pytest.mark.parametrize(
    "outside",
    [
        "/", "/etc", "{root}/..", "{root}/out", "project/out", "project/../elsewhere", "{root}x", "~", "src", ".",
        "/nowhere", "{root}\0",
    ],
)  # fmt: skip
@pytest.mark.parametrize("field", ["working_dir", "add_dir"])
async def test_what_is_elsewhere_is_refused_whether_it_is_there_or_not(
    gateway: Gateway, project: Path, field: str, outside: str
) -> None:
    path = outside.format(root=project)
    with pytest.raises(GatewayError) as failure:
        await ask(gateway, ANN, **{field: path if field == "working_dir" else (path,)})

    inside = field == "add_dir" and path in ("src", ".", "project/out", "project/../elsewhere")
    assert isinstance(failure.value, InvalidRequest if inside else Refused)
    assert isinstance(failure.value, Refused) or "does not exist" in str(failure.value)
    assert await gateway.jobs(10, running=False, caller=ANN) == []


async def test_paths_below_a_workspace_are_used_as_they_really_are(gateway: Gateway, project: Path) -> None:
    (project / "src" / "same").symlink_to(project / "src")
    directory, _ = await ask(gateway, ANN, working_dir="project", add_dir=("src/same",))

    assert directory == str(project)


async def test_a_run_without_a_directory_gets_one_that_nobody_else_has(
    gateway: Gateway, config: Config
) -> None:
    anns, session = await ask(gateway, ANN)
    again, _ = await ask(gateway, ANN, session_id=session)
    named, _ = await ask(gateway, ANN, working_dir=anns)
    another, _ = await ask(gateway, ANN, prompt="another")

    assert anns == again == named != another
    assert os.path.dirname(anns) == os.path.dirname(another)
    assert os.path.dirname(os.path.dirname(anns)) == work_folder(config)
    assert os.stat(anns).st_mode & 0o077 == 0
    with pytest.raises(Refused):
        await ask(gateway, BOB, working_dir=anns)


async def test_only_ones_own_session_is_continued_even_as_the_newest(gateway: Gateway) -> None:
    _, anns = await ask(gateway, ANN, working_dir="project")
    with pytest.raises(NotFound):
        await ask(gateway, BOB, working_dir="project", resume_latest=True)
    with pytest.raises(NotFound):
        await ask(gateway, BOB, working_dir="project", fork_session=True)
    _, bobs = await ask(gateway, BOB, working_dir="project")
    _, newest = await ask(gateway, ANN, working_dir="project", resume_latest=True, prompt="again")

    assert newest == anns != bobs


async def test_identical_requests_without_a_directory_share_a_run(gateway: Gateway, config: Config) -> None:
    echo = gateway.plugins.provider("echo")
    request = echo.info.request(prompt="ECHO:sleep=60")
    tickets = [
        await gateway.submit(echo, echo.info.offered()[0], request, mode="async", caller=ANN)
        for _ in range(2)
    ]
    await gateway.cancel(tickets[0].job.id)

    assert tickets[0].job.id == tickets[1].job.id
    assert len(os.listdir(os.path.dirname(tickets[0].job.directory))) == 1


async def test_a_request_that_never_began_goes_on_in_its_folder(opened, config: Config) -> None:
    async with opened(limits=structs.replace(config.limits, concurrency=1)) as first:
        echo = first.plugins.provider("echo")
        tickets = [
            await first.submit(
                echo, echo.info.offered()[0], echo.info.request(prompt=prompt), mode="async", caller=ANN
            )
            for prompt in ("ECHO:sleep=0.3", "second")
        ]
    async with opened() as second:
        with trio.fail_after(60):
            ended = await second.watch(tickets[1].job.id, None, 60, ANN)

    assert (ended.ending, ended.directory) == ("ok", tickets[1].job.directory)


async def test_a_folder_is_cleared_once_nobody_knows_it(gateway: Gateway, config: Config) -> None:
    kept, _ = await ask(gateway, ANN)
    left = Path(kept).parent / "left"
    left.mkdir()
    for path in (Path(kept), left):
        os.utime(path, (time.time() - 1e6,) * 2)
    new = Path(kept).parent / "new"
    new.mkdir()
    await clear(gateway.database, work_folder(config), 1.0)

    assert [Path(kept).exists(), left.exists(), new.exists()] == [True, False, True]


class Reaching(Request, frozen=True, kw_only=True):
    """A request with a field that is more than it says."""

    overrides: Annotated[dict[str, str], LocalOnly()] = {}


def test_what_reaches_further_than_a_path_is_for_the_local_caller(plugins: Plugins) -> None:
    info = plugins.provider("echo").info
    reaching = Reaching(prompt="hello", overrides={"notify": "['/bin/sh']"})
    with pytest.raises(Refused, match="overrides reaches"):
        check_request(reaching, info, ANN)

    assert check_request(reaching, info, LOCAL).text == "hello"
    assert check_request(Reaching(prompt="hello"), info, ANN).text == "hello"


@pytest.mark.parametrize("path", ["relative", "/nowhere/at/all", ""])
def test_what_is_no_folder_is_no_workspace(path: str) -> None:
    with pytest.raises(ConfigError, match="no folder"):
        check_workspaces(Config(workspaces={"project": path}))

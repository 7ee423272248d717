"""From a request to its answer."""

import json
from pathlib import Path

import pytest
import trio
from msgspec import structs

from gateway.domain.caller import Caller
from gateway.domain.outcome import Usage
from gateway.errors import InvalidRequest, NotFound, Refused
from gateway.plugin.manager import Plugins
from gateway.service.gateway import Gateway


async def test_an_answer_comes_with_session_model_and_usage(gateway: Gateway, ask) -> None:
    reply = await ask(gateway, "hello there")

    assert (reply.text, reply.outcome.ending, reply.outcome.model) == ("hello there", "ok", "echo-1")
    assert reply.outcome.usage.input_tokens == 2
    assert reply.job.session_id == reply.outcome.session_id is not None


async def test_the_cost_is_computed_from_the_price_list_where_the_cli_tells_none(
    gateway: Gateway, ask
) -> None:
    reply = await ask(gateway, "hello there", model="echo-2")

    assert (reply.flight.cost_usd, reply.flight.cost_source) == (pytest.approx(12e-6), "computed")


async def test_a_session_goes_on_by_its_id(gateway: Gateway, ask) -> None:
    first = await ask(gateway, "ECHO:turns")
    second = await ask(gateway, "ECHO:turns", session_id=first.outcome.session_id)

    assert (first.text, second.text) == ("1", "2")
    assert second.outcome.session_id == first.outcome.session_id


async def test_the_newest_session_goes_on_where_that_is_asked(gateway: Gateway, ask) -> None:
    await ask(gateway, "ECHO:turns")

    assert (await ask(gateway, "ECHO:turns", resume_latest=True)).text == "2"


async def test_the_newest_session_is_named_to_a_cli_that_has_no_word_for_it(
    plugins: Plugins, opened, ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    echo = plugins.providers["echo"]
    able = structs.replace(echo.info.capabilities, resume=frozenset({"new", "id"}))
    monkeypatch.setattr(echo, "info", structs.replace(echo.info, capabilities=able))
    async with opened() as gateway:
        with pytest.raises(NotFound):
            await ask(gateway, "ECHO:turns", resume_latest=True)
        first = await ask(gateway, "ECHO:turns")
        second = await ask(gateway, "ECHO:turns", resume_latest=True)

    assert second.text == "2"
    assert second.outcome.session_id == first.outcome.session_id


async def test_a_fork_leaves_its_parent_alone(gateway: Gateway, ask) -> None:
    first = await ask(gateway, "ECHO:turns")
    fork = await ask(gateway, "ECHO:turns", session_id=first.outcome.session_id, fork_session=True)
    parent = await ask(gateway, "ECHO:turns", session_id=first.outcome.session_id)

    assert (fork.text, parent.text) == ("2", "2")
    assert fork.outcome.session_id != first.outcome.session_id


async def test_a_new_session_wins_over_every_resume_option(gateway: Gateway, ask) -> None:
    first = await ask(gateway, "ECHO:turns")
    again = await ask(
        gateway,
        "ECHO:turns",
        session_id=first.outcome.session_id,
        create_new_session=True,
        force_refresh=True,
    )

    assert again.text == "1"


async def test_a_running_total_is_told_as_what_each_run_used(gateway: Gateway, ask) -> None:
    first = await ask(gateway, "ECHO:running-total one two")
    second = await ask(gateway, "ECHO:running-total one", session_id=first.outcome.session_id)

    assert (first.flight.input_tokens, second.flight.input_tokens) == (3, 2)


async def test_the_total_of_a_session_nobody_knows_is_unknown(gateway: Gateway, ask, environ) -> None:
    folder = Path(environ["HOME"]) / ".echo"
    folder.mkdir()
    (folder / "elsewhere.json").write_text(json.dumps({"turns": 3, "in": 30, "out": 30}))

    reply = await ask(gateway, "ECHO:running-total", session_id="elsewhere")

    assert (reply.outcome.ending, reply.flight.input_tokens) == ("ok", None)


async def test_a_child_sees_only_the_environment_it_needs(opened, ask, environ) -> None:
    canaries = (
        "OPENAI_API_KEY",
        "DATABASE_URL",
        "LLM_GATEWAY_AUTH_TOKEN",
        "ECHO_CLIENT",
        "AWS_SECRET_ACCESS_KEY",
    )
    environ |= dict.fromkeys(canaries, "canary") | {"ECHO_FRIEND": "yes", "LANG": "C.UTF-8"}
    async with opened() as gateway:
        seen = json.loads((await ask(gateway, "ECHO:env")).text)

    assert "canary" not in seen.values()
    assert (seen["ECHO_FRIEND"], seen["LANG"]) == ("yes", "C.UTF-8")


async def test_the_configuration_may_let_more_of_the_environment_through(opened, ask, environ) -> None:
    environ["MY_KEY"] = "mine"
    async with opened(env=("MY_*",)) as gateway:
        assert json.loads((await ask(gateway, "ECHO:env")).text)["MY_KEY"] == "mine"


async def test_the_run_is_in_the_directory_that_was_named(gateway: Gateway, ask, tmp_path: Path) -> None:
    reply = await ask(gateway, "ECHO:cwd")

    assert reply.text == reply.job.directory == str(tmp_path)


async def test_a_session_goes_on_in_its_own_directory(gateway: Gateway, ask, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    first = await ask(gateway, "ECHO:cwd", working_dir=str(tmp_path / "elsewhere"))
    echo = gateway.plugins.provider("echo")
    request = echo.info.request(prompt="ECHO:cwd", session_id=first.outcome.session_id)
    with trio.fail_after(60):
        reply = await gateway.wait(await gateway.submit(echo, echo.info.offered()[0], request, mode="sync"))

    assert reply is not None
    assert reply.text == str(tmp_path / "elsewhere")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"working_dir": "/nowhere/at/all"}, "not a directory"),
        ({"working_dir": "/tmp/a\0b"}, "workingDir holds a NUL character"),
        ({"session_id": "gw-1"}, 'uses reserved prefix "gw-"'),
        ({"session_id": "--evil"}, "is not a session id"),
        ({"session_id": "../evil", "fork_session": True}, "is not a session id"),
        ({"add_dir": ("missing",)}, "addDir: path does not exist: missing"),
        ({"allowed_tools": ("-x",)}, 'values must not start with "-"'),
        ({"prompt": "a\0b"}, "NUL"),
        ({"prompt": "   "}, "cannot be empty"),
    ],
)
async def test_a_request_that_cannot_be_carried_out_starts_nothing(
    gateway: Gateway, submit, fields, words
) -> None:
    prompt = fields.pop("prompt", "hello")
    with pytest.raises(InvalidRequest, match=words):
        await submit(gateway, prompt, **fields)

    assert await gateway.jobs(10, running=False) == []


async def test_a_caller_without_the_right_may_not_name_files(gateway: Gateway, tmp_path: Path) -> None:
    echo = gateway.plugins.provider("echo")
    guest = Caller(principal="guest", names_paths=False)
    request = echo.info.request(prompt="hello", working_dir=str(tmp_path))
    with pytest.raises(Refused, match="is in no workspace"):
        await gateway.submit(echo, echo.info.offered()[0], request, mode="async", caller=guest)


async def test_somebody_elses_job_is_the_same_as_none(gateway: Gateway, ask) -> None:
    reply = await ask(gateway, "mine")
    with pytest.raises(NotFound) as theirs:
        await gateway.job(reply.job.id, Caller(principal="guest"))
    with pytest.raises(NotFound) as nobodys:
        await gateway.job("no such job")

    assert str(theirs.value) == str(nobodys.value)


async def test_no_secret_is_stored_or_shown(gateway: Gateway, ask) -> None:
    reply = await ask(gateway, "my key is echo-key-0123456789abcdef")

    assert "0123456789abcdef" not in reply.text + str(reply.flight)
    assert "[redacted]" in reply.text


async def test_bodies_stay_out_of_the_database_where_that_is_wanted(opened, ask) -> None:
    async with opened(flight_bodies=False) as gateway:
        reply = await ask(gateway, "quiet")

    assert (reply.text, reply.flight.prompt, reply.flight.answer) == ("quiet", None, None)
    assert reply.outcome.usage == Usage(input_tokens=1, output_tokens=1, cache_read_tokens=0)


@pytest.mark.parametrize("prompt", ["quiet", "quiet " * 60_000])
async def test_an_answer_that_was_not_kept_is_folded_once_more(opened, ask, prompt: str) -> None:
    async with opened(flight_bodies=False) as gateway:
        reply = await ask(gateway, prompt)
        text, cursor = "", "head"
        while cursor:
            _, page = await gateway.result(reply.job.id, cursor, 150_000, raw=False)
            text, cursor = text + page.text, page.next_cursor

    assert text == prompt


async def test_a_neighbour_gets_an_answer_that_was_not_kept(opened, submit, gate) -> None:
    prompt = f"{gate.words} quiet"
    async with opened(flight_bodies=False) as mine, opened(flight_bodies=False) as theirs:
        await submit(mine, prompt)
        second = await submit(theirs, prompt)
        gate.open()
        with trio.fail_after(60):
            reply = await theirs.wait(second)

    assert reply is not None
    assert (reply.flight.deduped, reply.text) == (1, prompt)

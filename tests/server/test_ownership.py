"""Nobody sees or touches what is another's: every tool and every resource answers as if it were not there."""

import json
import sys
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct
from starlette.requests import Request

from gateway.config import named_plugins, read_config
from gateway.domain.caller import LOCAL, Caller, caller_named
from gateway.errors import GatewayError
from gateway.plugin.manager import load
from gateway.server.http_pages import PAGES
from gateway.server.profiles import offered
from gateway.server.resources import read, resources
from gateway.server.spec import Call, ToolSpec
from gateway.service.gateway import Gateway, open_gateway
from gateway.store.jobs import newest
from gateway.store.stats import flights_newest

ANN, BOB = caller_named("ann"), caller_named("bob")
WORDS = "words that are Ann's"
STABLE = {"system": WORDS, "task": "remember"}
NAMES_OF_THINGS = {"jobId", "sessionId", "validationId", "hash"}
"""Parameters that say which one is meant of what somebody owns."""
OTHER_IDS = {"correlationId"}
FILLED = {
    "prompt": "hello", "cli": "echo", "provider": "echo", "question": "why?", "answer": "so", "content": "text",
    "claim": "it is", "answers": [{"provider": "echo", "answer": "so"}], "maxWaitMs": 0,
    "providerResults": [{"provider": "echo", "status": "completed", "text": "so"}],
}  # fmt: skip
ASKING = {"prompt", "question", "content", "claim", "answer"}


class House(Struct):
    """A gateway in which Ann has left one of everything."""

    gateway: Gateway
    tools: dict[str, ToolSpec]
    things: dict[str, list[str]]

    async def call(self, name: str, caller: Caller, **arguments: Any) -> str:
        answer = await self.tools[name].answer(Call(gateway=self.gateway, arguments=arguments, caller=caller))
        return json.dumps(answer)

    async def read(self, uri: str, caller: Caller) -> str:
        library = resources(self.gateway.plugins, [])
        try:
            return json.dumps(
                await read(library, uri, Call(gateway=self.gateway, arguments={}, caller=caller))
            )
        except GatewayError as error:
            return f"{type(error).__name__}: {error} {error.hint}"

    async def left(self, caller: Caller) -> list[str]:
        """What the caller has, as the tools that list tell it."""
        told = [await self.call(name, caller) for name in ("session_list", "approval_list")]
        jobs = await self.gateway.database.read(newest, caller.principal, 100)
        return [*told, *(f"{job.id} {job.stop_reason}" for job in jobs)]


def body(answer: str) -> dict[str, Any]:
    """What a tool has answered, as an object."""
    told: dict[str, Any] = json.loads(json.loads(answer)["content"][0]["text"])
    return told


Furnish = Callable[[], AbstractAsyncContextManager[House]]


@pytest.fixture
def furnished(environ: dict[str, str], work: Path, monkeypatch: pytest.MonkeyPatch) -> Furnish:
    monkeypatch.chdir(work)

    @asynccontextmanager
    async def furnishing() -> AsyncIterator[House]:
        plugins = load(named_plugins(environ))
        async with open_gateway(read_config(environ), plugins, environ) as gateway:
            tools = offered(plugins, "full") | offered(plugins, "compact")
            house = House(gateway, tools, {})
            house.things = await _left_by_ann(house)
            assert all(house.things.values())
            assert house.things.keys() == NAMES_OF_THINGS
            yield house
            for job_id in house.things["jobId"]:
                await gateway.cancel(job_id)

    return furnishing


async def _left_by_ann(house: House) -> dict[str, list[str]]:
    await house.call("echo_request", ANN, prompt=WORDS, approvalStrategy="mcp_managed")  # a decision is kept
    asked = await house.call("echo_request", ANN, promptParts=STABLE)
    running = await house.call("echo_request_async", ANN, prompt=f"ECHO:sleep=60 {WORDS}")
    panel = await house.call("validate_with_models", ANN, question=WORDS, models=["echo"])
    created = await house.call("session_create", ANN, cli="echo", description=WORDS, setAsActive=True)
    jobs = await house.gateway.database.read(newest, "ann", 100)
    flights = await house.gateway.database.read(flights_newest, "ann", 100, None, None, None)
    told = body(created)["session"]["id"]
    assert [answer for answer in (asked, running, panel, created) if '"isError": true' in answer] == []
    return {
        "jobId": [job.id for job in jobs],
        "sessionId": [told, *(job.session_id for job in jobs if job.session_id)],
        "validationId": [json.loads(panel)["structuredContent"]["report"]["validationId"]],
        "hash": [flight.stable_prefix_hash for flight in flights if flight.stable_prefix_hash],
    }


def named(spec: ToolSpec) -> Iterator[str]:
    return (name for name in spec.schema["properties"] if name in NAMES_OF_THINGS)


def filled(spec: ToolSpec) -> dict[str, Any]:
    return {name: FILLED[name] for name in spec.schema["properties"] if name in FILLED}


def nothing_like(thing: str) -> str:
    """The name of nothing at all, of the same shape."""
    return str(uuid.uuid4()) if len(thing) == 36 else uuid.uuid4().hex.ljust(len(thing), "0")[: len(thing)]


async def test_what_is_anothers_is_told_as_what_is_not_there(furnished: Furnish) -> None:
    async with furnished() as house:
        before, different = await house.left(ANN), {}
        for name, spec in house.tools.items():
            for parameter in named(spec):
                for thing in house.things[parameter]:
                    missing = thing if thing.startswith("gw-") else nothing_like(thing)
                    arguments = filled(spec)
                    theirs = await house.call(name, BOB, **arguments | {parameter: thing})
                    nobodys = await house.call(name, BOB, **arguments | {parameter: missing})
                    if theirs.replace(thing, "ID") != nobodys.replace(missing, "ID"):
                        different[name, parameter, thing] = theirs, nobodys

        assert different == {}
        assert await house.left(ANN) == before


async def test_nothing_of_anothers_is_listed_counted_or_cleared(furnished: Furnish) -> None:
    async with furnished() as house:
        before, betrayed = await house.left(ANN), []
        marks = [WORDS, *(thing for things in house.things.values() for thing in things)]
        for name, spec in house.tools.items():
            if not any(named(spec)) and not ASKING & spec.schema["properties"].keys():
                told = await house.call(name, BOB, **filled(spec))
                betrayed += [(name, mark) for mark in marks if mark in told]

        assert betrayed == []
        assert await house.left(ANN) == before


async def test_every_resource_is_its_readers_own(furnished: Furnish) -> None:
    async with furnished() as house:
        marks = [WORDS, *(thing for things in house.things.values() for thing in things)]
        betrayed = []
        for spec in resources(house.gateway.plugins, []):
            kind = next((kind for kind in NAMES_OF_THINGS if f"{{{kind}}}" in spec.uri), "")
            for thing in house.things.get(kind, [""]):
                missing = nothing_like(thing)
                theirs = await house.read(spec.uri.replace(f"{{{kind}}}", thing), BOB)
                nobodys = await house.read(spec.uri.replace(f"{{{kind}}}", missing), BOB)
                same = thing == "" or theirs.replace(thing, "ID") == nobodys.replace(missing, "ID")
                told = theirs.replace(thing, "") if thing else theirs
                betrayed += [spec.uri] * (not same) + [(spec.uri, mark) for mark in marks if mark in told]

        assert betrayed == []


async def test_the_places_of_the_machine_are_not_told(furnished: Furnish, tmp_path: Path) -> None:
    async with furnished() as house:
        told = {
            name: await house.call(name, BOB, **filled(spec))
            for name, spec in house.tools.items()
            if not any(named(spec)) and not ASKING & spec.schema["properties"].keys()
        }
        told |= {
            spec.uri: await house.read(spec.uri, BOB)
            for spec in resources(house.gateway.plugins, [])
            if "{" not in spec.uri
        }

    assert [name for name, text in told.items() if str(tmp_path) in text] == []
    assert sys.executable not in told["cli_versions"]


async def test_every_page_is_its_readers_own(furnished: Furnish) -> None:
    async with furnished() as house:
        marks = [WORDS, *(thing for things in house.things.values() for thing in things)]
        request = Request({"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []})
        told = {page.path: (await page.answer(house.gateway, BOB, request)).body.decode() for page in PAGES}

    assert {path: [mark for mark in marks if mark in text] for path, text in told.items()} == {
        page.path: [] for page in PAGES
    }


async def test_an_identical_request_of_another_is_a_run_of_its_own(furnished: Furnish) -> None:
    async with furnished() as house:
        prompt = f"ECHO:sleep=60 {WORDS}"
        joined, alone = [
            json.loads(
                json.loads(await house.call("echo_request_async", caller, prompt=prompt))["content"][0][
                    "text"
                ]
            )
            for caller in (ANN, BOB)
        ]
        await house.gateway.cancel(alone["job"]["id"])

        assert joined["job"]["id"] in house.things["jobId"]
        assert alone["job"]["id"] not in house.things["jobId"]


async def test_the_local_caller_sees_its_own_alone(furnished: Furnish) -> None:
    async with furnished() as house:
        sessions = await house.call("session_list", LOCAL)
        jobs = await house.call("llm_job_list", LOCAL)

    assert WORDS not in sessions + jobs
    assert body(jobs)["jobs"] == []


def test_whatever_is_named_by_an_id_is_in_the_matrix() -> None:
    plugins = load(["gateway.testing.echo"])
    tools = offered(plugins, "full") | offered(plugins, "compact")
    ids = {
        name
        for spec in tools.values()
        for name in spec.schema["properties"]
        if name.endswith(("Id", "Ids", "hash", "Hash"))
    }
    braced = {part.split("}")[0] for spec in resources(plugins, []) for part in spec.uri.split("{")[1:]}

    assert ids - OTHER_IDS | braced == NAMES_OF_THINGS

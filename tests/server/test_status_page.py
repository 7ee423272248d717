"""The status page as a browser asks for it: its parts, and the state as a stream of events."""

import base64
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trio

from gateway.domain.caller import LOCAL, Caller, caller_named

from .hearing import Ear

EVENT = re.compile(rb"^data: (.*)\n\n", re.MULTILINE)


@pytest.fixture(autouse=True)
async def _bounded():
    with trio.fail_after(60):
        yield


def shown(token: str) -> dict[str, str]:
    """A token as a browser shows it that has asked its user for a password."""
    return {"authorization": "Basic " + base64.b64encode(f"me:{token}".encode()).decode()}


class Told:
    """What the page is told, event by event."""

    def __init__(self, stream: trio.SocketStream) -> None:
        self._ear = Ear(stream)

    async def next(self) -> dict[str, Any]:
        return json.loads(await self._ear.hear(EVENT))


@asynccontextmanager
async def listening(site) -> AsyncIterator[Told]:
    host, _, port = site.address.removeprefix("http://").partition(":")
    lines = [
        "GET /status/events HTTP/1.1",
        f"host: {host}",
        f"authorization: {shown(site.token)['authorization']}",
    ]
    async with await trio.open_tcp_stream(host, int(port)) as stream:
        await stream.send_all("\r\n".join([*lines, "", ""]).encode())
        yield Told(stream)


async def ask(site, prompt: str, work, caller: Caller) -> None:
    echo = site.gateway.plugins.provider("echo")
    request = echo.info.request(prompt=prompt)
    ticket = await site.gateway.submit(echo, echo.info.offered()[0], request, mode="sync", caller=caller)
    await site.gateway.wait(ticket)


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/", "text/html"), ("/status.css", "text/css"), ("/status.js", "text/javascript")],
)
async def test_a_browser_gets_each_part_and_may_fetch_nothing_from_elsewhere(online, path, kind) -> None:
    async with online() as site:
        answer = await site.get(path, headers=shown(site.token))

    assert (answer.status_code, answer.headers["content-type"]) == (200, f"{kind}; charset=utf-8")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "://" not in answer.text


async def test_a_browser_is_asked_for_the_token_in_a_line_of_its_own(online) -> None:
    async with online() as site:
        answer = await site.get("/")

    assert answer.status_code == 401
    assert answer.headers.get_list("www-authenticate") == [
        'Bearer realm="llm-cli-gateway"',
        'Basic realm="llm-cli-gateway", charset="UTF-8"',
    ]


async def test_an_end_is_told_without_being_asked_for(online, work) -> None:
    async with online() as site, listening(site) as events:
        first = await events.next()
        await ask(site, "hello", work, caller_named("http"))
        later = first
        while not later["recent"]:
            later = await events.next()

    assert (first["running"], first["recent"], first["days"]) == ([], [], [])
    (ended,) = later["recent"]
    assert (ended["provider"], ended["ending"], ended["model"]) == ("echo", "ok", "echo-1")
    (day,) = later["days"]
    assert (day["day"], day["requests"], day["inputTokens"]) == (later["today"], 1, ended["inputTokens"])
    assert [each["provider"] for each in later["sessions"]] == ["echo"]


@pytest.mark.parametrize(("page", "seen"), [("own", []), ("all", ["local"])])
async def test_the_jobs_of_others_are_shown_where_that_is_wanted(online, work, page, seen) -> None:
    async with online(status_page=page) as site:
        await ask(site, "hello", work, LOCAL)
        async with listening(site) as events:
            first = await events.next()

    assert [each["principal"] for each in first["recent"]] == seen
    assert first["everybody"] == (page == "all")


@pytest.mark.parametrize("path", ["/", "/status.js", "/status/events"])
async def test_a_page_that_is_switched_off_is_not_there(online, path) -> None:
    async with online(status_page="off") as site:
        answer = await site.get(path, headers=shown(site.token))

    assert answer.status_code == 404


async def test_what_runs_takes_no_place_of_what_has_ended(online, work, monkeypatch, gate) -> None:
    monkeypatch.setattr("gateway.service.overview.MOST", 1)
    async with online(status_page="all") as site:
        await ask(site, "hello", work, LOCAL)
        echo = site.gateway.plugins.provider("echo")
        request = echo.info.request(prompt=f"{gate.words} hello")
        await site.gateway.submit(echo, echo.info.offered()[0], request, mode="async", caller=LOCAL)
        async with listening(site) as events:
            first = await events.next()
        gate.open()

    assert ([each["ending"] for each in first["recent"]], len(first["running"])) == (["ok"], 1)

"""Real gateways that are killed, frozen and replaced, and a look at what they leave behind."""

import base64
import contextlib
import json
import os
import signal
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
import trio

from gateway.host.descendants import MARK
from gateway.host.spool import Spool

PATIENCE = 120.0
CONFIG = """
sync_deadline_ms = 0
lease = 1.0
heartbeat = 0.2
[limits]
concurrency = 64
per_provider = 64
[retry]
attempts = 2
backoff = 0.05
"""
CLIENT = {"name": "test", "version": "1"}
HELLO = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": CLIENT}


class Peer:
    """One gateway process, and the client at its other end."""

    def __init__(self, process: Any, promised: set[str]) -> None:
        self.process = process
        self._promised = promised
        self.notes: list[str] = []
        self.greeted = trio.Event()
        self._waiting: dict[int, trio.Event] = {}
        self._answers: dict[int, Any] = {}
        self._number = 0
        self._silent = False
        self._writing = trio.Lock()

    async def listen(self) -> None:
        """Read what the gateway says until it is gone."""
        rest = b""
        with contextlib.suppress(trio.ClosedResourceError, trio.BrokenResourceError):
            async for chunk in self.process.stdout:
                *lines, rest = (rest + chunk).split(b"\n") if b"\n" in chunk else (rest + chunk,)
                for line in lines:
                    self._hear(json.loads(line))
        self._silent = True
        for event in self._waiting.values():
            event.set()

    def _hear(self, message: dict[str, Any]) -> None:
        if message.get("method") == "notifications/progress":
            self.notes.append(message["params"]["message"])
        elif message.get("id") in self._waiting:
            self._answers[message["id"]] = message
            self._waiting.pop(message["id"]).set()

    async def say(self, message: dict[str, Any]) -> None:
        """Send one message. EOFError: nobody is there to read it."""
        try:
            async with self._writing:
                frame = json.dumps({"jsonrpc": "2.0", **message}).encode()
                await self.process.stdin.send_all(frame + b"\n")
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            raise EOFError from None

    async def request(self, method: str, **params: Any) -> Any:
        """The result of one request. EOFError: the gateway ended before it answered."""
        self._number += 1
        number = self._number
        if self._silent:  # a process that is about to end takes what it will not answer
            raise EOFError
        answered = self._waiting[number] = trio.Event()
        await self.say({"id": number, "method": method, "params": params})
        await answered.wait()
        if number not in self._answers:
            raise EOFError
        return self._answers.pop(number)["result"]

    async def greet(self) -> None:
        with contextlib.suppress(EOFError):
            await self.request("initialize", **HELLO)
            await self.say({"method": "notifications/initialized"})
        self.greeted.set()

    async def tool(self, name: str, **arguments: Any) -> Any:
        """The result of a tool."""
        await self.greeted.wait()
        return await self.request("tools/call", name=name, arguments=arguments)

    async def heard(self, name: str, **arguments: Any) -> Any:
        """The result of a tool, with progress notifications asked for."""
        await self.greeted.wait()
        meta = {"progressToken": f"t{self._number}"}
        return await self.request("tools/call", name=name, arguments=arguments, _meta=meta)

    async def told(self, name: str, **arguments: Any) -> Any:
        """What a tool tells in JSON."""
        return json.loads((await self.tool(name, **arguments))["content"][0]["text"])

    async def begin(self, prompt: str, **fields: Any) -> str:
        """Start a job; its id."""
        fields = {"workingDir": ".", "forceRefresh": True, **fields}
        told = await self.told("echo_request_async", prompt=prompt, **fields)
        self._promised.add(told["job"]["id"])
        return str(told["job"]["id"])

    async def ended(self, job: str) -> dict[str, Any]:
        """The job, when it has ended."""
        while True:
            told = await self.told("llm_job_watch", jobId=job, maxWaitMs=30_000)
            if told["ended"]:
                return dict(told["job"])

    async def output(self, job: str, *, raw: bool) -> bytes:
        """A job's whole output, fetched page by page."""
        pages: list[bytes] = []
        cursor: str | None = "head"
        while cursor is not None:
            told = await self.told("llm_job_result", jobId=job, cursor=cursor, raw=raw, maxChars=2_000_000)
            page = told["result"]
            text = page["stdout"].encode()
            pages.append(base64.b64decode(text) if page["encoding"] == "base64" else text)
            cursor = page["nextCursor"]
        return b"".join(pages)

    async def gone(self) -> int:
        """Return when the process has ended; its status."""
        status: int = await self.process.wait()
        return status

    async def frozen(self) -> None:
        """Return when the process has stopped."""
        await self.process.changed()

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    async def hang_up(self) -> None:
        """Close our end, as a client does that goes away."""
        await self.process.stdin.aclose()


class House:
    """The state that several gateways share, and everything they leave in it."""

    def __init__(self, folder: Path, warm: Any) -> None:
        self.folder = folder
        self._warm = warm
        self.state = folder / "state"
        self.work = folder / "work"
        self.promised: set[str] = set()
        self.work.mkdir()
        self.configure("")

    def configure(self, limits: str) -> None:
        (self.folder / "config.toml").write_text(CONFIG.replace("[limits]\n", f"[limits]\n{limits}\n"))

    @property
    def environ(self) -> dict[str, str]:
        return {
            "HOME": str(self.folder),
            "PATH": os.defpath,
            "LLM_GATEWAY_STATE": str(self.state),
            "LLM_GATEWAY_CONFIG": str(self.folder / "config.toml"),
            "GATEWAY_PLUGINS": "gateway.testing.echo",
        }

    @asynccontextmanager
    async def gateway(self, fault: str = "") -> AsyncIterator[Peer]:
        """A gateway, perhaps one that will die at a certain point; killed at the end if it still lives."""
        async with trio.open_nursery() as nursery:
            with (self.folder / "stderr").open("ab") as log:
                process = self._warm.start(
                    ["serve"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log.fileno(),
                    env={**self.environ, **({"GATEWAY_FAULT": fault} if fault else {})},
                    cwd=str(self.work),
                )
            peer = Peer(process, self.promised)
            nursery.start_soon(peer.listen)
            nursery.start_soon(peer.greet)
            try:
                yield peer
            finally:
                process.end()
                nursery.cancel_scope.cancel()
                for pipe in (process.stdin, process.stdout):
                    await pipe.aclose()

    def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        """What the database holds."""
        if not (self.state / "gateway.db").exists():
            return []
        with contextlib.closing(sqlite3.connect(self.state / "gateway.db", timeout=10)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(query, values)]

    def jobs(self) -> dict[str, dict[str, Any]]:
        return {row["id"]: row for row in self.rows("select * from jobs order by created_at")}

    def spool(self, job: str, attempt: int = 1) -> Spool:
        return Spool(str(self.state / "jobs" / job / str(attempt)))

    def processes(self, jobs: set[str]) -> list[psutil.Process]:
        """Every process that these jobs have started: CLI, grandchild, wrapper and watchdog."""
        others = self.jobs().keys() - jobs
        return [process for process in psutil.process_iter() if self._ours(process, jobs, others)]

    def _ours(self, process: psutil.Process, jobs: set[str], others: set[str]) -> bool:
        with contextlib.suppress(psutil.Error, OSError):
            words = " ".join(process.cmdline())  # a zombie has none, and no environment
            mark = process.environ().get(MARK)
            return mark in jobs or (mark not in others and f"{self.state}/jobs" in words)
        return False

    async def until(self, query: str, *values: Any) -> None:
        """Return when the database holds such a row."""
        while not self.rows(query, *values):  # noqa: ASYNC110 - nothing tells of another process's write
            await trio.sleep(0.02)

    async def started(self, count: int) -> None:
        """Return when so many jobs have a process."""
        while sum(self.spool(job).pid() is not None for job in self.jobs()) < count:  # noqa: ASYNC110 - as above
            await trio.sleep(0.02)

    async def over(self, job: str) -> None:
        """Return when nobody of a job's process is left who would end it."""
        while self.spool(job).alive():  # noqa: ASYNC110 - as above
            await trio.sleep(0.02)

    async def wrongs(self) -> list[str]:
        """What must never be, now that everything is said to be over."""
        running = self.processes(self.jobs().keys() - self._leaving())
        _, left = await trio.to_thread.run_sync(psutil.wait_procs, running, 30.0)  # some are just ending
        return [*self._row_wrongs(), *self._run_wrongs(), *(f"still runs: {process}" for process in left)]

    def _leaving(self) -> set[str]:
        """The jobs whose CLI has left somebody behind, and ended by itself."""
        told = "select job_id from flights where prompt like '%ECHO:grandchild%' and ending = 'ok'"
        return {row["job_id"] for row in self.rows(told)}

    def _run_wrongs(self) -> Iterator[str]:
        """Each run writes a session: more sessions than jobs are runs that were begun twice."""
        runs = len(list((self.folder / ".echo").glob("*.json")))
        if runs > len(self.jobs()):
            yield f"{len(self.jobs())} jobs have run {runs} times"
        for job in self.promised - self.jobs().keys():
            yield f"job {job} was told to its caller and is not there"

    def _row_wrongs(self) -> Iterator[str]:
        for job in self.jobs().values():
            flights = self.rows("select * from flights where job_id = ?", job["id"])
            own = [flight for flight in flights if not flight["deduped"]]
            if job["status"] != "ended" or job["lease_until"] is not None:
                yield f"job {job['id']} is {job['status']}"
            if len(own) != 1:
                yield f"job {job['id']} has {len(own)} flights"
            for flight in flights:
                if (flight["ending"], flight["exit_code"]) != (job["ending"], job["returncode"]):
                    yield f"job {job['id']} ended {job['ending']}, its flight {flight['ending']}"
            if job["ending"] == "lost":
                yield f"job {job['id']} is lost: {job['error']}"
            spool = self.spool(job["id"], job["attempt"])
            if job["stdout_bytes"] != spool.size("stdout"):
                yield f"job {job['id']} has {spool.size('stdout')} bytes and says {job['stdout_bytes']}"
            if os.path.exists(spool.files):
                yield f"job {job['id']} left its private files behind"
            if job["ending"] == "ok":
                yield from self._ok_wrongs(job, own)

    def _ok_wrongs(self, job: dict[str, Any], own: list[dict[str, Any]]) -> Iterator[str]:
        sessions = self.rows("select * from sessions where id = ?", job["session_id"])
        if len(sessions) != 1:
            yield f"job {job['id']} has {len(sessions)} sessions"
        for flight in own:
            words = len(flight["prompt"].split())
            used = (flight["input_tokens"], flight["output_tokens"], flight["cache_read_tokens"])
            if used != (words, words, 0) or flight["answer"] != flight["prompt"][: 256 * 1024]:
                yield f"job {job['id']} of {words} words has used {used}"


@pytest.fixture
async def house(tmp_path: Path, warm: Any) -> AsyncIterator[House]:
    """A state of the test's own. Jobs outlive their gateways, but not their test."""
    house = House(tmp_path, warm)
    try:
        with trio.fail_after(PATIENCE):
            yield house
    finally:
        for process in house.processes(set(house.jobs())):
            with contextlib.suppress(psutil.Error):
                process.kill()

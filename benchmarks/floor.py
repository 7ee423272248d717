"""A gateway that does nothing but start CLIs and keep what they print: the practical limit of one written in Python.

No checks, no limits, no sessions, no recovery, no database; one process, one thread, the standard library.
"""

import contextlib
import json
import os
import selectors
import sys
import tempfile
import uuid
from typing import Any

FOLDER = tempfile.mkdtemp(prefix="gateway-bench-floor-")
CLI = "bench-cli"
SELECTOR = selectors.DefaultSelector()
JOBS: dict[str, dict[str, Any]] = {}
SHARED: dict[str, str] = {}


def say(number: int, result: dict[str, Any]) -> None:
    os.write(1, json.dumps({"jsonrpc": "2.0", "id": number, "result": result}).encode() + b"\n")


def told(number: int, body: dict[str, Any] | str) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    say(number, {"content": [{"type": "text", "text": text}]})


def begin(prompt: str) -> str:
    job, path = uuid.uuid4().hex, ""
    path = os.path.join(FOLDER, job)
    given, give = os.pipe()
    pid = os.posix_spawnp(
        CLI,
        [CLI, "-p"],
        os.environ,
        file_actions=[
            (os.POSIX_SPAWN_DUP2, given, 0),
            (os.POSIX_SPAWN_OPEN, 1, path, os.O_WRONLY | os.O_CREAT, 0o600),
            (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
            (os.POSIX_SPAWN_CLOSE, give),
        ],
        setsid=True,
    )
    os.close(given)
    os.write(give, prompt.encode())
    os.close(give)
    JOBS[job] = {"id": job, "pid": pid, "path": path, "status": "running", "waiting": []}
    SELECTOR.register(os.pidfd_open(pid), selectors.EVENT_READ, job)
    return job


def ended(handle: int, job: str) -> None:
    SELECTOR.unregister(handle)
    os.close(handle)
    os.waitpid(JOBS[job]["pid"], 0)
    JOBS[job]["status"] = "completed"
    for number in JOBS[job]["waiting"]:
        answer(number, job)


def answer(number: int, job: str) -> None:
    with open(JOBS[job]["path"], "rb") as file:
        file.seek(max(0, os.path.getsize(JOBS[job]["path"]) - 2000))
        lines = file.read().splitlines()
    said = [json.loads(line) for line in lines[1:] or lines if line.startswith(b"{")]
    told(number, next((each["result"] for each in said if "result" in each), str(said)))


def call(number: int, name: str, arguments: dict[str, Any]) -> None:
    if name.startswith("llm_job_"):
        job = JOBS[arguments["jobId"]]
        if name == "llm_job_cancel":
            os.killpg(job["pid"], 15)
        facts = {"id": job["id"], "status": job["status"]}
        told(number, {"job": facts, "result": {"stdout": ""}})
        return
    prompt = arguments["prompt"]
    known = None if arguments.get("forceRefresh") else SHARED.get(prompt)
    job = known or begin(prompt)
    SHARED[prompt] = job
    if name.endswith("_async"):
        told(number, {"job": {"id": job, "status": JOBS[job]["status"]}})
    elif JOBS[job]["status"] == "completed":
        answer(number, job)
    else:
        JOBS[job]["waiting"].append(number)


def obey(line: bytes) -> None:
    message = json.loads(line)
    number = message.get("id")
    if message["method"] == "tools/call":
        call(number, message["params"]["name"], message["params"]["arguments"])
    elif number is not None:
        server = {"name": "floor", "version": "1"}
        say(number, {"protocolVersion": "2025-06-18", "capabilities": {}, "serverInfo": server, "tools": []})


def main() -> None:
    SELECTOR.register(0, selectors.EVENT_READ, None)
    rest = b""
    while True:
        for key, _ in SELECTOR.select():
            if key.data is not None:
                ended(key.fd, key.data)
                continue
            data = os.read(0, 1 << 20)
            if not data:
                return
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                obey(line)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
    sys.exit(0)

"""The server process: how it starts, and how it ends."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}


@pytest.fixture
def served(environ: dict[str, str], tmp_path: Path):
    started = []

    def serve() -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", "gateway", "serve"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environ,
            cwd=tmp_path,
        )
        started.append(process)
        return process

    yield serve
    for process in started:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


def say(process: subprocess.Popen[bytes], message: dict) -> None:
    process.stdin.write(json.dumps(message).encode() + b"\n")
    process.stdin.flush()


def call(process: subprocess.Popen[bytes], number: int, method: str, **params: object) -> dict:
    say(process, {"jsonrpc": "2.0", "id": number, "method": method, "params": params})
    while True:
        answer = json.loads(process.stdout.readline())
        if answer.get("id") == number:
            return answer["result"]


def greet(process: subprocess.Popen[bytes]) -> None:
    call(process, 1, "initialize", **HELLO["params"])
    say(process, {"jsonrpc": "2.0", "method": "notifications/initialized"})


def begin(process: subprocess.Popen[bytes], prompt: str) -> str:
    result = call(
        process, 2, "tools/call", name="echo_request_async", arguments={"prompt": prompt, "workingDir": "."}
    )
    return json.loads(result["content"][0]["text"])["job"]["id"]


def ended(process: subprocess.Popen[bytes], job: str) -> dict:
    result = call(process, 3, "tools/call", name="llm_job_watch", arguments={"jobId": job})
    return json.loads(result["content"][0]["text"])["job"]


def test_it_ends_when_its_client_goes(served) -> None:
    process = served()
    greet(process)
    process.stdin.close()

    assert process.wait(10) == 0


def test_it_ends_when_it_is_told_to_although_the_client_stays(served) -> None:
    process = served()
    greet(process)
    process.send_signal(signal.SIGTERM)

    assert process.wait(10) == 0


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_job_outlives_its_gateway(served, number: signal.Signals) -> None:
    first = served()
    greet(first)
    job = begin(first, "ECHO:sleep=1 still here")
    first.send_signal(number)
    first.wait(10)
    second = served()
    greet(second)
    told = ended(second, job)

    assert (told["status"], told["ending"], told["exitCode"]) == ("completed", "ok", 0)


def test_nothing_but_frames_is_written_to_standard_output(served) -> None:
    process = served()
    greet(process)
    say(process, {"not": "a message"})
    process.stdin.write(b"this is no JSON\n")
    process.stdin.flush()

    assert call(process, 9, "ping") == {}


def test_every_file_of_the_state_is_private(served, environ: dict[str, str]) -> None:
    process = served()
    greet(process)
    ended(process, begin(process, "hello"))
    modes = {
        os.path.join(folder, name): os.stat(os.path.join(folder, name)).st_mode & 0o077
        for folder, folders, files in os.walk(environ["LLM_GATEWAY_STATE"])
        for name in (*folders, *files)
    }

    assert {path: mode for path, mode in modes.items() if mode} == {}

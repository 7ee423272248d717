"""What runs, and which gateway looks after it."""

import json
import subprocess

import trio

LIMIT = 60.0


def test_nothing_runs_where_nothing_was_asked(invoke) -> None:
    assert json.loads(invoke("ps", "--json").stdout) == {"schema_version": 1, "jobs": []}


def test_a_job_that_has_ended_does_not_run(invoke) -> None:
    invoke("ask", "echo", "hi")
    assert invoke("ps").stdout.splitlines() == [
        "id\tprovider\tstate\tage\tgateway\tcpu\tmemory\tsilent\tqueue"
    ]


async def test_what_runs_is_told_with_its_gateway_which_may_be_gone(spawn, started, read) -> None:
    with trio.fail_after(LIMIT):
        asking = await spawn("ask", "echo", "ECHO:sleep=60", stderr=subprocess.DEVNULL)
        await started()
        (owned,) = await _running(spawn, read)
        row = (await _output(spawn, read, "ps")).splitlines()[1].split("\t")
        asking.kill()
        await asking.wait()
        (left,) = await _running(spawn, read)
        gone = (await _output(spawn, read, "ps")).splitlines()[1].split("\t")
        cancelling = await spawn("jobs", "cancel", left["id"], stderr=subprocess.DEVNULL)
        code = await cancelling.wait()
    assert [each["gateway"]["alive"] for each in (owned, left)] == [True, False]
    assert {each["gateway"]["pid"] for each in (owned, left)} == {asking.pid}
    assert (owned["provider"], owned["state"], owned["queuePosition"]) == ("echo", "running", None)
    assert (owned["processes"] > 0, owned["memoryKb"] > 0, left["state"]) == (True, True, "running")
    assert (row[0], row[1:3], row[4]) == (owned["id"], ["echo", "running"], str(asking.pid))
    assert (gone[4], code) == (f"{asking.pid} (gone)", 0)


async def _running(spawn, read) -> list[dict[str, object]]:
    told: list[dict[str, object]] = json.loads(await _output(spawn, read, "ps", "--json"))["jobs"]
    return told


async def _output(spawn, read, *words: str) -> str:
    process = await spawn(*words, stdout=subprocess.PIPE)
    written: str = await read(process.stdout)
    await process.wait()
    return written

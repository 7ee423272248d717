"""``gateway import``: what version 1.7.0 kept comes over, and its files stay as they are."""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import apsw
import pytest

SCHEMA = """
create table _migrations (version integer primary key, applied_at text not null);
create table requests (
    id text primary key, cli text not null, model text not null, prompt text not null, system text, response text,
    session_id text, duration_ms integer, datetime_utc text not null, input_tokens integer, output_tokens integer,
    cache_read_tokens integer, cache_creation_tokens integer, stable_prefix_hash text, stable_prefix_tokens integer);
create table gateway_metadata (
    request_id text primary key references requests (id), retry_count integer default 0, circuit_breaker_state text,
    cost_usd real, approval_decision text, optimization_applied integer default 0, thinking_blocks text,
    exit_code integer, error_message text, async_job_id text, status text not null default 'started');
create table jobs (id text primary key, cli text not null, status text not null);
"""
SESSIONS = {
    "sessions": {
        "s-1": {
            "id": "s-1",
            "cli": "echo",
            "createdAt": "2026-05-26T10:00:00.000Z",
            "lastUsedAt": "2026-11-20T10:00:00.000Z",
            "description": "Echo Session",
            "metadata": {"any": 1},
        },
        "s-2": {"id": "s-2", "cli": "echo", "createdAt": "soon", "lastUsedAt": "later"},
        "s-3": {"id": 3},
    },
    "activeSession": {"echo": "s-1"},
}
APPROVAL = {
    "id": "a-1",
    "ts": "2026-11-20T10:00:00.000Z",
    "status": "denied",
    "policy": "strict",
    "cli": "echo",
    "operation": "echo_request",
    "score": 6,
    "reasons": ["Request includes full permission bypass"],
    "promptPreview": "[redacted]",
    "promptSha256": "e3b0",
    "requestedMcpServers": ["sqry"],
    "bypassRequested": True,
    "fullAuto": False,
    "metadata": {"model": "m"},
}


def flight(connection: apsw.Connection, id: str, **changes: object) -> None:
    """A row of the flight recorder of version 1.7.0."""
    row: dict[str, object] = {
        "cli": "echo",
        "model": "default",
        "prompt": f"prompt of {id}",
        "response": f"answer of {id}",
        "datetime_utc": "2026-11-20T10:00:00.000Z",
        "duration_ms": 1500,
        "status": "completed",
        "exit_code": 0,
    }
    row |= changes
    meta = {
        name: row.pop(name)
        for name in ("status", "exit_code", "cost_usd", "error_message", "async_job_id")
        if name in row
    }
    for table, values in (("requests", {"id": id, **row}), ("gateway_metadata", {"request_id": id, **meta})):
        marks = ", ".join("?" * len(values))
        connection.execute(
            f"insert into {table} ({', '.join(values)}) values ({marks})", tuple(values.values())
        )


@pytest.fixture
def former(tmp_path: Path, environ: dict[str, str]) -> Path:
    """The folder of version 1.7.0 in the user's home, with changes in a log that was not merged."""
    environ["HOME"] = str(tmp_path / "home")
    folder = tmp_path / "home" / ".llm-cli-gateway"
    folder.mkdir(parents=True)
    path = str(folder / "logs.db")
    connection = apsw.Connection(path)
    connection.execute("pragma journal_mode = wal").fetchall()
    connection.execute(SCHEMA)
    connection.execute("pragma wal_checkpoint").fetchall()
    flight(
        connection,
        "good",
        model="m",
        session_id="s-1",
        input_tokens=3,
        output_tokens=5,
        cache_read_tokens=10,
        cost_usd=0.5,
    )
    flight(
        connection,
        "asked",
        async_job_id="j-1",
        response="",
        status="failed",
        exit_code=124,
        error_message="slow",
    )
    flight(connection, "open", status="started", exit_code=None, duration_ms=None, response=None)
    flight(connection, "long", response="ü" * 200_000)
    flight(connection, "old", datetime_utc="2020-01-01T00:00:00Z")
    flight(connection, "dateless", datetime_utc="yesterday")
    flight(connection, "torn", prompt=b"\xff")
    for end in ("", "-wal"):
        shutil.copy(path + end, f"{path}{end}.kept")
    connection.close()
    for end in ("", "-wal"):
        shutil.move(f"{path}{end}.kept", path + end)
    (folder / "sessions.json").write_text(json.dumps(SESSIONS, indent=2))
    (folder / "approvals.jsonl").write_text(f"{json.dumps(APPROVAL)}\nnot json\n\n{{}}\n")
    return folder


def sums(folder: Path) -> dict[str, tuple[str, int]]:
    """A hash and the time of every file."""
    return {
        path.name: (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
        for path in folder.iterdir()
        if path.is_file()
    }


def told(result: Any) -> dict[str, tuple[int, int, int, int]]:
    """What came of each source: found, new, expiring, unreadable."""
    assert result.exit_code == 0, result.output
    return {
        each["kind"]: (each["found"], each["new"], each["expiring"], len(each["unreadable"]))
        for each in json.loads(result.stdout)["sources"]
    }


def test_it_is_only_told_what_would_come_over(invoke: Any, former: Path, tmp_path: Path) -> None:
    before = sums(former)
    result = invoke("import")
    assert result.stdout.splitlines() == [
        "what\tfrom\tfound\tnew\there already\tunreadable",
        f"flights\t{former}/logs.db\t5\t5\t0\t2",
        f"sessions\t{former}/sessions.json\t1\t1\t0\t2",
        f"approvals\t{former}/approvals.jsonl\t1\t1\t0\t2",
        "Nothing was written: this was a dry run. `gateway import --write` brings it over.",
    ]
    assert [line.partition(": ")[2] for line in result.stderr.splitlines()[:6]] == [
        "flights dateless: Invalid isoformat string: 'yesterday'",
        "requests, row 7: Expected `str`, got `bytes` - at `$.prompt`",
        "sessions s-2: Invalid isoformat string: 'soon'",
        "session s-3: Expected `str`, got `int` - at `$.id`",
        "line 2: JSON is malformed: invalid character (byte 4)",
        "line 4: Object missing required field `id`",
    ]
    assert "1 flights are older than 30 days" in result.stderr
    assert not (tmp_path / "state").exists()
    assert sums(former) == before


def test_everything_comes_over_once_and_the_source_stays_as_it_is(
    invoke: Any, former: Path, tmp_path: Path
) -> None:
    before = sums(former)
    first = told(invoke("import", "--write", "--json"))
    assert first == {"flights": (5, 5, 1, 2), "sessions": (1, 1, 0, 2), "approvals": (1, 1, 0, 2)}
    again = told(invoke("import", "--write", "--json"))
    assert again == {"flights": (5, 0, 0, 2), "sessions": (1, 0, 0, 2), "approvals": (1, 0, 0, 2)}
    assert sums(former) == before
    found = {
        each["correlationId"]: each
        for each in json.loads(invoke("flights", "list", "--json").stdout)["flights"]
    }
    assert {id: each["ending"] for id, each in found.items()} == {
        "good": "ok",
        "asked": "timeout",
        "open": "lost",
        "long": "ok",
        "old": "ok",
    }
    good = found["good"]
    assert (good["inputTokens"], good["cacheReadTokens"], good["costUsd"], good["costSource"]) == (
        13,
        10,
        0.5,
        "reported",
    )
    assert (good["modelAsked"], good["modelUsed"], good["sessionId"]) == ("m", None, "s-1")
    assert (good["startedAt"], good["finishedAt"]) == ("2026-11-20T10:00:00.000Z", "2026-11-20T10:00:01.500Z")
    assert (found["asked"]["jobId"], found["asked"]["mode"], found["asked"]["error"]) == (
        "j-1",
        "async",
        "slow",
    )
    shown = json.loads(invoke("flights", "show", good["id"], "--bodies", "--json").stdout)
    assert ("prompt of good" in json.dumps(shown), "answer of good" in json.dumps(shown)) == (True, True)
    assert invoke("jobs", "result", found["good"]["jobId"]).stdout == "answer of good"
    assert invoke("jobs", "result", found["long"]["jobId"]).stdout == "ü" * 200_000


def test_one_file_can_be_named(invoke: Any, former: Path, tmp_path: Path) -> None:
    moved = shutil.move(former / "sessions.json", tmp_path / "elsewhere.json")
    assert told(invoke("import", str(moved), "--json")) == {"sessions": (1, 1, 0, 2)}


@pytest.mark.parametrize("text", ["my diary", ""])
def test_what_is_nothing_of_the_former_version_is_told(invoke: Any, tmp_path: Path, text: str) -> None:
    (tmp_path / "diary.txt").write_text(text)
    result = invoke("import", str(tmp_path / "diary.txt"))
    assert (result.exit_code, "is nothing of version 1.7.0" in result.stderr) == (2, True)


def test_where_there_is_nothing_that_is_told(invoke: Any, environ: dict[str, str], tmp_path: Path) -> None:
    environ["HOME"] = str(tmp_path)
    assert invoke("import").stdout == "There is nothing of version 1.7.0.\n"


def test_our_own_database_is_refused_by_whatever_name_and_that_of_another_folder_is_told(
    invoke: Any, tmp_path: Path
) -> None:
    assert invoke("ask", "echo", "hi").exit_code == 0
    (link := tmp_path / "link.db").symlink_to(tmp_path / "state" / "gateway.db")
    refused = invoke("import", str(link), "--write")
    shutil.copy(link, tmp_path / "other.db")
    (source,) = json.loads(invoke("import", str(tmp_path / "other.db"), "--json").stdout)["sources"]

    assert (refused.exit_code, "is this gateway's own database" in refused.stderr) == (2, True)
    assert source["unreadable"][0]["reason"] == "It is a database of this gateway."


def test_broken_files_are_told_and_harm_nothing(invoke: Any, former: Path) -> None:
    (former / "logs.db-wal").unlink()
    (former / "logs.db").write_bytes((former / "logs.db").read_bytes()[:100] + b"\xff" * 5000)
    (former / "sessions.json").write_text("{")
    with (former / "approvals.jsonl").open("a") as file:
        file.write('{"deep": ' + "[" * 100_000 + "\n")
    assert told(invoke("import", "--json")) == {
        "flights": (0, 0, 0, 1),
        "sessions": (0, 0, 0, 1),
        "approvals": (1, 1, 0, 3),
    }


def test_a_database_that_the_former_names_name_is_found(
    invoke: Any, environ: dict[str, str], former: Path, tmp_path: Path
) -> None:
    (tmp_path / "project").mkdir()
    moved = shutil.move(former / "logs.db", tmp_path / "project" / "logs.db")
    shutil.move(former / "logs.db-wal", tmp_path / "project" / "logs.db-wal")
    del environ["LLM_GATEWAY_STATE"]
    environ["LLM_GATEWAY_LOGS_DB"] = str(moved)
    before = sums(tmp_path / "project")
    assert told(invoke("import", "--write", "--json"))["flights"] == (5, 5, 1, 2)
    assert invoke("ask", "echo", "hi").exit_code == 0
    ours = Path(f"{moved}.gateway")
    assert (ours / "gateway.db").exists()
    assert sums(tmp_path / "project") == before

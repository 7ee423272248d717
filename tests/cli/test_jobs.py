import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def asked(invoke):
    """Asks echo and says what the job is."""

    def ask(prompt: str) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(invoke("ask", "echo", prompt, "--json").stdout)
        return told

    return ask


def test_no_jobs_are_an_empty_list(invoke) -> None:
    assert json.loads(invoke("jobs", "list", "--json").stdout) == {"schema_version": 1, "jobs": []}


def test_jobs_are_listed_newest_first(invoke, asked) -> None:
    ids = [asked("one")["jobId"], asked("two")["jobId"]]
    listed = json.loads(invoke("jobs", "list", "--json").stdout)["jobs"]
    assert [job["id"] for job in listed] == ids[::-1]


def test_a_list_may_be_limited(invoke, asked) -> None:
    ids = [asked("one")["jobId"], asked("two")["jobId"]]
    rows = invoke("jobs", "list", "--limit", "1").stdout.splitlines()
    assert [row.split("\t")[0] for row in rows] == ["id", ids[1]]


def test_a_job_that_has_ended_does_not_run(invoke, asked) -> None:
    asked("one")
    assert invoke("jobs", "list", "--running").stdout.splitlines()[1:] == []


def test_the_beginning_of_an_id_is_enough(invoke, asked) -> None:
    job_id = asked("hello")["jobId"]
    shown = json.loads(invoke("jobs", "show", job_id[:12], "--json").stdout)
    assert (shown["job"]["id"], shown["job"]["ending"], shown["flight"]["cliVersion"]) == (
        job_id,
        "ok",
        "1.4.0",
    )


def test_a_beginning_that_several_ids_share_is_refused(invoke, asked) -> None:
    asked("one"), asked("two")
    result = invoke("jobs", "show", "")
    assert (result.exit_code, "is the beginning of several job ids" in result.stderr) == (2, True)


def test_a_job_is_shown_to_people_line_by_line(invoke, asked) -> None:
    told = asked("ECHO:error=401")
    shown = dict(
        re.split(r"  +", line, maxsplit=1)
        for line in invoke("jobs", "show", told["jobId"]).stdout.splitlines()
    )
    assert (shown["state"], shown["error"], shown["exit status"]) == (
        "auth_required",
        "401 Unauthorized",
        "1",
    )


@pytest.mark.parametrize("command", ["show", "result", "cancel"])
def test_an_unknown_job_is_an_error_with_a_hint(invoke, command: str) -> None:
    result = invoke("jobs", command, "nonesuch")
    assert (result.exit_code, result.stderr) == (
        2,
        "Error: There is no job 'nonesuch'.\nSee `gateway jobs list`.\n",
    )


def test_a_result_is_the_answer(invoke, asked) -> None:
    assert invoke("jobs", "result", asked("an answer")["jobId"]).stdout == "an answer"


def test_a_long_result_is_printed_whole(invoke) -> None:
    prompt = "".join(f"{number:09d} é\n" for number in range(40_000))
    told = json.loads(invoke("ask", "echo", "--json", stdin=prompt).stdout)
    assert invoke("jobs", "result", told["jobId"]).stdout == prompt


def test_a_result_may_be_fetched_by_pages(invoke, asked) -> None:
    job_id = asked("é" * 10)["jobId"]
    text, cursor = "", "head"
    while cursor:
        page = json.loads(
            invoke("jobs", "result", job_id, "--cursor", cursor, "--max-chars", "7", "--json").stdout
        )
        text, cursor = text + page["text"], page["nextCursor"]
    assert text == "é" * 10


def test_one_page_says_where_the_next_begins(invoke, asked) -> None:
    result = invoke("jobs", "result", asked("abcdef")["jobId"], "--max-chars", "4")
    assert (result.stdout, result.stderr) == ("abcd", "There is more: --cursor 4\n")


def test_a_raw_result_is_what_the_cli_printed(invoke, asked) -> None:
    result = invoke("jobs", "result", asked("ECHO:error=401")["jobId"], "--raw")
    assert ([json.loads(line)["type"] for line in result.stdout.splitlines()], result.exit_code) == (
        ["start", "error"],
        0,
    )


@pytest.mark.parametrize("words", [(), ("--raw",), ("--json",), ("--raw", "--json")])
def test_a_result_hides_the_secrets_that_a_provider_declares(invoke, asked, words: tuple[str, ...]) -> None:
    job_id = asked("x " * 200_000 + "echo-key-0123456789abcdef")["jobId"]
    assert "0123456789abcdef" not in invoke("jobs", "result", job_id, *words).stdout


def test_the_result_of_a_failed_job_is_its_error(invoke, asked) -> None:
    result = invoke("jobs", "result", asked("ECHO:error=401")["jobId"])
    assert (result.stdout, result.stderr.splitlines()[0], result.exit_code) == (
        "",
        "Error: 401 Unauthorized",
        4,
    )


def test_a_job_that_has_ended_cannot_be_cancelled(invoke, asked) -> None:
    job_id = asked("x")["jobId"]
    result = invoke("jobs", "cancel", job_id)
    assert (result.exit_code, result.stderr) == (1, f"Job {job_id} had already ended: ok.\n")


@pytest.fixture
def theirs(asked, environ) -> str:
    """A job that a remote caller has asked for."""
    job_id: str = asked("theirs")["jobId"]
    with sqlite3.connect(f"{environ['LLM_GATEWAY_STATE']}/gateway.db") as connection:
        connection.execute("update jobs set principal = 'far'")
        connection.execute("update flights set principal = 'far'")
    return job_id


@pytest.mark.parametrize("line", [["--all"], ["--all", "list"], ["list", "--all"]])
def test_jobs_of_remote_callers_are_listed_when_all_are_meant(invoke, theirs: str, line: list[str]) -> None:
    own = invoke("jobs").stdout.splitlines()[1:]
    everybodys = invoke("jobs", *line).stdout.splitlines()[1:]
    assert (own, [row.split("\t")[0] for row in everybodys]) == ([], [theirs])


@pytest.mark.parametrize("verb", ["show", "result", "watch", "cancel"])
def test_a_job_of_a_remote_caller_is_found_when_all_are_meant(invoke, theirs: str, verb: str) -> None:
    assert f"There is no job {theirs!r}" in invoke("jobs", verb, theirs).stderr
    assert "There is no job" not in invoke("jobs", "--all", verb, theirs).stderr


def test_a_job_that_waits_for_a_person_is_told_as_asking(invoke, asked, environ) -> None:
    job_id, kept = asked("one")["jobId"], Path(environ["LLM_GATEWAY_STATE"])
    request = kept / "jobs" / job_id / "request.json"
    question = {"name": "approval", "message": "May it?", "fields": {}}
    request.write_text(json.dumps(json.loads(request.read_text()) | {"questions": [question]}))
    with closing(sqlite3.connect(kept / "gateway.db")) as connection, connection:
        connection.execute(
            "update jobs set status = 'queued', started_at = null, finished_at = null, ending = null"
        )
    listed, running = (
        invoke(*words).stdout.splitlines()[1].split("\t") for words in (("jobs", "list"), ("ps",))
    )
    result = invoke("jobs", "result", job_id)

    assert (listed[2], running[2]) == ("asking", "asking")
    assert "The job is asking; " in result.stderr

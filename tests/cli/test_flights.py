"""The flight recorder on the command line."""

import json
import shutil
import signal
import sqlite3
import subprocess
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import trio

LIMIT = 60.0


@pytest.fixture
def ask(invoke):
    """Asks echo; the id of the flight."""

    def asked(prompt: str, *words: str) -> str:
        invoke("ask", "echo", prompt, "-q", *words)
        newest: str = json.loads(invoke("flights", "list", "--limit", "1", "--json").stdout)["flights"][0][
            "id"
        ]
        return newest

    return asked


@pytest.fixture
def store(environ: dict[str, str]) -> Path:
    return Path(environ["LLM_GATEWAY_STATE"]) / "gateway.db"


@pytest.fixture
def one_day(store: Path):
    """Puts all flights into one day, however near midnight the test runs."""

    def change() -> None:
        with closing(sqlite3.connect(store)) as connection, connection:
            connection.execute(
                "update flights set started_at = ?", (datetime(2026, 7, 31, 12).astimezone().timestamp(),)
            )

    return change


def read_only(store: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{store}?mode=ro", uri=True)


def listed(invoke, *words: str) -> list[dict[str, Any]]:
    flights: list[dict[str, Any]] = json.loads(invoke("flights", "list", "--json", *words).stdout)["flights"]
    return flights


def test_no_flights_are_an_empty_list(invoke) -> None:
    told = json.loads(invoke("flights", "list", "--json").stdout)
    assert told == {"schema_version": 1, "flights": []}


def test_flights_are_listed_newest_first_and_without_bodies(invoke, ask) -> None:
    ids = [ask("one"), ask("two")]
    flights = listed(invoke)
    assert [flight["id"] for flight in flights] == ids[::-1]
    assert {"prompt", "answer"} & flights[0].keys() == set()


@pytest.mark.parametrize(
    ("words", "number"),
    [
        (("--provider", "echo"), 2),
        (("--provider", "nonesuch"), 0),
        (("--ending", "auth_required"), 1),
        (("--since", "1h"), 2),
        (("--since", "2099-01-01"), 0),
        (("--limit", "1"), 1),
        (("--all",), 2),
        (("--provider", "echo", "--ending", "ok", "--since", "7d"), 1),
    ],
    ids=str,
)
def test_a_list_may_be_filtered(invoke, ask, words: tuple[str, ...], number: int) -> None:
    ask("one"), ask("ECHO:error=401")
    assert len(listed(invoke, *words)) == number


def test_a_list_is_a_table_for_people(invoke, ask) -> None:
    priced, unpriced = ask("one two"), ask("three", "--model", "echo-9")
    header, *rows = (line.split("\t") for line in invoke("flights", "list").stdout.splitlines())
    assert header == ["id", "provider", "state", "began", "seconds", "model", "in", "out", "cost", "session"]
    assert [[row[0], *row[1:3], *row[5:9]] for row in rows] == [
        [unpriced, "echo", "ok", "echo-9", "1", "1", "unknown"],
        [priced, "echo", "ok", "echo-1", "2", "2", "$0.0000"],
    ]


def test_a_remote_callers_flights_are_shown_when_asked_for(invoke, ask, store: Path) -> None:
    flight = ask("one")
    with closing(sqlite3.connect(store)) as connection, connection:
        connection.execute("update flights set principal = 'far'")
    assert [listed(invoke), len(listed(invoke, "--all"))] == [[], 1]
    codes = [invoke("flights", "show", flight, *words).exit_code for words in ((), ("--all",))]
    assert codes == [2, 0]


def test_the_beginning_of_an_id_is_enough(invoke, ask) -> None:
    flight = ask("hello")
    shown = json.loads(invoke("flights", "show", flight[:13], "--json").stdout)["flight"]
    assert (shown["id"], shown["ending"], shown["costSource"]) == (flight, "ok", "computed")
    assert {"prompt", "answer"} & shown.keys() == set()


def test_a_beginning_that_several_ids_share_is_refused(invoke, ask) -> None:
    ask("one"), ask("two")
    result = invoke("flights", "show", "")
    assert (result.exit_code, "is the beginning of several flight ids" in result.stderr) == (2, True)


def test_an_unknown_flight_is_an_error_with_a_hint(invoke) -> None:
    result = invoke("flights", "show", "nonesuch")
    assert (result.exit_code, result.stderr) == (
        2,
        "Error: There is no flight 'nonesuch'.\nSee `gateway flights list`.\n",
    )


def test_bodies_are_shown_when_asked_for(invoke, ask) -> None:
    flight = ask("ECHO:say=an answer")
    plain, bodies = (invoke("flights", "show", flight, *words).stdout for words in ((), ("--bodies",)))
    told = json.loads(invoke("flights", "show", flight, "--bodies", "--json").stdout)["flight"]
    assert bodies == plain + "\nprompt:\nECHO:say=an answer\n\nanswer:\nan answer\n"
    assert (told["prompt"], told["answer"]) == ("ECHO:say=an answer", "an answer")


def test_bodies_that_were_not_kept_are_told_so(invoke, ask, environ: dict[str, str]) -> None:
    Path(environ["LLM_GATEWAY_CONFIG"]).write_text("flight_bodies = false")
    shown = invoke("flights", "show", ask("hello"), "--bodies").stdout
    assert shown.endswith("\n\nprompt: not kept\n\nanswer: not kept\n")


def test_a_flight_is_shown_to_people_line_by_line(invoke, ask) -> None:
    shown = invoke("flights", "show", ask("ECHO:error=401", "--model", "echo-9")).stdout
    told = {line[:22].strip(): line[22:] for line in shown.splitlines()}
    known = ("provider", "state", "error", "exit status", "model asked", "cost")
    assert [told[name] for name in known] == [
        "echo",
        "auth_required",
        "401 Unauthorized",
        "1",
        "echo-9",
        "unknown",
    ]


def test_the_cost_of_a_shared_run_is_told_with_the_run(invoke, ask, store: Path) -> None:
    flight = ask("one")
    with closing(sqlite3.connect(store)) as connection, connection:
        connection.execute("update flights set deduped = 1, cost_usd = null, cost_source = 'unknown'")
    (_, row) = invoke("flights", "list").stdout.splitlines()
    shown = invoke("flights", "show", flight).stdout
    assert (row.split("\t")[8], "told with the run that it shared" in shown) == ("shared", True)


def test_stats_of_nothing_say_so(invoke) -> None:
    said = invoke("flights", "stats", "--since", "2026-11-20").stdout
    assert said == "No flights since 2026-11-20 00:00:00.\n"


def test_stats_add_up_in_json(invoke, ask, one_day) -> None:
    ask("one two"), ask("three", "--model", "echo-9"), ask("ECHO:error=401")
    one_day()
    told = json.loads(invoke("flights", "stats", "--since", "2026-07-01", "--json").stdout)
    flights = listed(invoke)
    (day,) = told["days"]
    assert told["schema_version"] == 1
    assert told["totals"] == {name: day[name] for name in told["totals"]}
    assert (day["day"], day["provider"], day["requests"], day["ok"], day["failed"]) == (
        "2026-07-31",
        "echo",
        3,
        2,
        1,
    )
    assert (day["inputTokens"], day["outputTokens"], day["tokensUnknown"]) == (3, 3, 1)
    assert day["costUsd"] == sum(flight["costUsd"] or 0.0 for flight in flights) > 0
    assert day["costUnknown"] == sum(flight["costSource"] == "unknown" for flight in flights) == 2


def test_stats_are_a_chart_for_people(invoke, ask, one_day, environ: dict[str, str]) -> None:
    environ["COLUMNS"] = "60"
    ask("one two"), ask("three", "--model", "echo-9")
    one_day()
    assert invoke("flights", "stats", "--since", "2026-07-01").stdout.splitlines() == [
        "Requests: 2 (2 ok)",
        "",
        "Tokens: 3 in, 3 out",
        "",
        f"2026-07-31  echo  {'█' * 29}  3 in, 3 out",
        "",
        "Cost: $0.0000, unknown for 1 request",
        "",
        f"2026-07-31  echo  {'█' * 22}  $0.0000, 1 unknown",
    ]


def test_stats_may_be_of_one_provider(invoke, ask) -> None:
    ask("one")
    assert invoke("flights", "stats", "--provider", "nonesuch").stdout.startswith("No flights since")


def test_a_wrong_time_is_refused_in_words(invoke) -> None:
    result = invoke("flights", "stats", "--since", "yesterday")
    words = "'yesterday' is neither a span such as 7d or 24h nor a date such as 2026-07-31."
    assert (result.exit_code, words in result.stderr) == (2, True)


async def test_the_table_opens_read_only_while_a_gateway_runs(spawn, started, store: Path) -> None:
    with trio.fail_after(LIMIT):
        asking = await spawn("ask", "echo", "ECHO:sleep=60", stderr=subprocess.DEVNULL)
        await started()
        with closing(read_only(store)) as connection:
            rows = connection.execute("select provider, prompt, ending from flights").fetchall()
            with pytest.raises(sqlite3.OperationalError, match="readonly"):
                connection.execute("delete from flights")
        asking.send_signal(signal.SIGINT)
        await asking.wait()
    with closing(read_only(store)) as connection:
        endings = connection.execute("select ending from flights").fetchall()
    assert (rows, endings) == ([("echo", "ECHO:sleep=60", None)], [("cancelled",)])


@pytest.mark.skipif(shutil.which("sqlite3") is None, reason="needs the shell of SQLite")
async def test_the_table_opens_in_the_sqlite_shell_while_a_gateway_runs(spawn, started, store: Path) -> None:
    shell = [
        "sqlite3",
        "-batch",
        f"file:{store}?mode=ro",
        "select provider, prompt, ending is null from flights",
    ]
    with trio.fail_after(LIMIT):
        asking = await spawn("ask", "echo", "ECHO:sleep=60", stderr=subprocess.DEVNULL)
        await started()
        done = await trio.run_process(shell, capture_stdout=True)
        asking.send_signal(signal.SIGINT)
        await asking.wait()
    assert done.stdout == b"echo|ECHO:sleep=60|1\n"

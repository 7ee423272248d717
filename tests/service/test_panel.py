"""One question to several providers: all the ways in which a seat may answer, or not."""

import hashlib
import json
import shutil
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio

from gateway.domain.caller import LOCAL, Caller
from gateway.domain.panels import Panel
from gateway.errors import NotFound
from gateway.plugin.manager import Plugins, load
from gateway.service.gateway import Gateway
from gateway.service.opinions import opinion_of_job, opinions
from gateway.service.panel import Question, convene
from gateway.service.receipts import verify
from gateway.service.retention import prune
from gateway.service.seating import seated
from gateway.service.settling import collect, find, settle
from gateway.testing.choir import voice

PATIENCE = 60.0
VOICES = {
    "agreeing": "ECHO:say=Verdict: yes\nRationale: it holds\nRisks:\n- cost",
    "dissenting": "ECHO:say=Verdict: no, it breaks",
    "silent": "ECHO:empty",
    "failing": "ECHO:error=401",
    "hanging": "ECHO:sleep=60",
    "slow": "ECHO:until=gate ECHO:say=Verdict: yes",
    "endless": f"ECHO:say=Verdict: yes {'x' * 300_000}",
}


@pytest.fixture(scope="module")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plugins]:
    """A provider for each voice, one that is not installed, and echo itself."""
    folder = str(tmp_path_factory.mktemp("voices"))
    modules = [voice(folder, name, says) for name, says in VOICES.items()]
    modules.append(voice(folder, "absent", executable="no-such-command"))
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        found = load([*modules, "gateway.testing.echo"])
        assert found.findings == ()
        yield found
    for name in [name for name in sys.modules if name.startswith("voice_")]:
        del sys.modules[name]


Ask = Callable[..., Awaitable[Panel]]


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """Puts a question to some providers, in the test's own directory."""

    async def asking(gateway: Gateway, *providers: str, limit: float | None = None, **facts: Any) -> Panel:
        usual = {
            "tool": "ask_model",
            "intent": "validate",
            "request": {"question": "Is it so?", "focus": "all"},
        }
        facts = usual | {"working_dir": str(tmp_path)} | facts
        notify = facts.pop("notify", None)
        with trio.fail_after(PATIENCE):
            return await convene(gateway, Question(providers=providers, **facts), LOCAL, notify, limit)

    return asking


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


async def told(gateway: Gateway, panel: Panel) -> list[tuple[str, str, str | None]]:
    """Provider, verdict and ending of each seat."""
    return [(each.provider, each.verdict, each.ending) for each in await opinions(gateway, panel)]


async def test_each_seat_is_reported_as_what_it_was(gateway: Gateway, ask: Ask) -> None:
    panel = await ask(gateway, "agreeing", "silent", "failing", "hanging", "absent", timeout_ms=3000)

    assert await told(gateway, panel) == [
        ("agreeing", "answered", "ok"),
        ("silent", "empty", "empty"),
        ("failing", "failed", "auth_required"),
        ("hanging", "timed_out", "timeout"),
        ("absent", "failed", "cli_missing"),
    ]
    assert verify(panel.receipt.encode()) == []


async def test_a_seat_is_an_ordinary_request_that_may_only_look(
    gateway: Gateway, ask: Ask, tmp_path: Path
) -> None:
    panel = await ask(gateway, "echo", intent="ask_model", request={"question": "ECHO:argv"})
    (opinion,) = await opinions(gateway, panel)
    job = await gateway.job(opinion.job_id)
    argv = json.loads(opinion.output)

    assert argv[argv.index("--permission") + 1] == "look"
    assert (job.tool, job.directory, job.mode) == ("echo_request", str(tmp_path), "sync")
    assert job.correlation_id == opinion.correlation_id == f"validation-{panel.id}-echo"
    assert (opinion.cli_version, opinion.model_used) == ("1.4.0", "echo-1")


async def test_a_seat_begins_a_session_of_its_own(gateway: Gateway, ask: Ask) -> None:
    turns = {"intent": "ask_model", "request": {"question": "ECHO:turns"}}
    first, second = (
        await ask(gateway, "echo", **turns),
        await ask(gateway, "echo", tool="second_opinion", **turns),
    )
    texts = [opinion.output for panel in (first, second) for opinion in await opinions(gateway, panel)]

    assert texts == ["1", "1"]


async def test_seats_run_side_by_side_and_who_leaves_takes_the_question_back(
    gateway: Gateway, ask: Ask
) -> None:
    begun: set[str] = set()

    async def hear(note: str) -> None:
        begun.add(note)
        if begun >= {"Hanging: started with echo-1", "Echo: started with echo-1"}:
            scope.cancel()

    with trio.CancelScope() as scope:
        request = {"question": "ECHO:sleep=60", "focus": "x"}
        await ask(gateway, "hanging", "echo", notify=hear, judge="agreeing", request=request)
    jobs = [await ended(gateway, job.id) for job in await gateway.jobs(10, running=False)]

    assert {(job.provider, job.ending) for job in jobs} == {("hanging", "cancelled"), ("echo", "cancelled")}


async def ended(gateway: Gateway, job_id: str) -> Any:
    with trio.fail_after(PATIENCE):
        return await gateway.watch(job_id, None, PATIENCE)


async def test_a_panel_that_was_taken_back_is_sealed_without_its_judge(gateway: Gateway, ask: Ask) -> None:
    async def hear(note: str) -> None:
        if note == "Agreeing: answered":
            with trio.fail_after(PATIENCE):
                while not await ids(gateway):  # it is recorded when the last seat is taken
                    await trio.lowlevel.checkpoint()
            scope.cancel()

    with trio.CancelScope() as scope:
        await ask(gateway, "agreeing", "hanging", notify=hear, judge="agreeing")
    (panel_id,) = await ids(gateway)
    with trio.fail_after(PATIENCE):
        panel = await collect(gateway, panel_id, LOCAL, None, PATIENCE)

    assert await told(gateway, panel) == [("agreeing", "answered", "ok"), ("hanging", "failed", "cancelled")]


async def ids(gateway: Gateway) -> list[str]:
    rows = await gateway.database.read(
        lambda connection: connection.execute("select id from panels").fetchall()
    )
    return [panel_id for (panel_id,) in rows]


async def test_notes_say_whose_they_are_and_what_came_of_each_seat(gateway: Gateway, ask: Ask) -> None:
    notes: list[str] = []

    async def hear(note: str) -> None:
        notes.append(note)

    await ask(gateway, "agreeing", "silent", notify=hear)

    assert {"Agreeing: answered", "Silent: empty"} <= set(notes)


async def test_what_takes_too_long_goes_on_and_is_collected_in_another_gateway(
    opened, ask: Ask, gate: Any
) -> None:
    async with opened() as first:
        panel = await ask(first, "slow", "agreeing", limit=0.0, judge="dissenting")
        assert ("slow", "running", None) in await told(first, panel)
    gate.open()
    async with opened() as second:
        with trio.fail_after(PATIENCE):
            panel = await collect(second, panel.id, LOCAL, None, PATIENCE)
        seats = await told(second, panel)

    assert seats == [
        ("slow", "answered", "ok"),
        ("agreeing", "answered", "ok"),
        ("dissenting", "answered", "ok"),
    ]
    assert [seat.role for seat in panel.seats] == ["seat", "seat", "judge"]
    assert verify(panel.receipt.encode()) == []


async def test_what_nobody_waits_for_is_judged_and_sealed_all_the_same(gateway: Gateway, ask: Ask) -> None:
    panel = await ask(gateway, "agreeing", limit=0.0, judge="dissenting")
    await ended(gateway, str(panel.seats[0].job_id))
    with trio.fail_after(PATIENCE):
        while (panel := await find(gateway, panel.id, LOCAL)).receipt is None:
            pass

    assert [seat.role for seat in panel.seats] == ["seat", "judge"]


async def test_two_gateways_that_collect_at_once_seat_one_judge(opened, ask: Ask, gate: Any) -> None:
    async with opened() as one, opened() as other:
        panel = await ask(one, "agreeing", "slow", limit=0.0, judge="dissenting")
        gate.open()
        with trio.fail_after(PATIENCE):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(settle, one, panel, LOCAL, None)
                nursery.start_soon(settle, other, panel, LOCAL, None)
        panels = [await find(each, panel.id, LOCAL) for each in (one, other)]
        judges = [job for job in await one.jobs(10, running=False) if job.provider == "dissenting"]

    assert panels[0] == panels[1]
    assert (len(judges), len(panels[0].of("judge"))) == (1, 1)


async def test_a_judge_sees_what_each_seat_said(gateway: Gateway, ask: Ask) -> None:
    panel = await ask(gateway, "agreeing", "failing", judge="echo")
    *_, judge = await opinions(gateway, panel)

    assert judge.role == "judge"
    assert '{"answer":"Verdict: yes\\nRationale: it holds' in judge.output
    assert '"error":"401 Unauthorized","provider":"failing","result":"failed"' in judge.output


@pytest.mark.parametrize(
    ("judge", "seats"),
    [
        ("absent", [("agreeing", "answered", "ok"), ("absent", "failed", "cli_missing")]),
        ("silent", [("agreeing", "answered", "ok"), ("silent", "empty", "empty")]),
    ],
)
async def test_a_judge_that_fails_is_a_result_too(gateway: Gateway, ask: Ask, judge: str, seats: Any) -> None:
    assert await told(gateway, await ask(gateway, "agreeing", judge=judge)) == seats


async def test_there_is_nothing_to_judge_where_nobody_answered(gateway: Gateway, ask: Ask) -> None:
    panel = await ask(gateway, "silent", "absent", judge="agreeing")

    assert panel.of("judge") == ()


async def test_a_request_that_no_seat_can_take_is_told_by_each(gateway: Gateway, ask: Ask) -> None:
    panel = await ask(gateway, "agreeing", "echo", working_dir="/no/such/place")

    assert await told(gateway, panel) == [
        ("agreeing", "failed", "input_invalid"),
        ("echo", "failed", "input_invalid"),
    ]
    assert "/no/such/place is not a directory" in panel.seats[0].error


async def test_a_receipt_holds_what_was_asked_what_came_of_it_and_their_hashes(
    gateway: Gateway, ask: Ask
) -> None:
    panel = await ask(gateway, "dissenting")
    receipt = msgspec.json.decode(panel.receipt)["receipt"]
    (seat,) = receipt["seats"]

    assert receipt["request"] == {"question": "Is it so?", "focus": "all"}
    assert (seat["output"], seat["stated"], seat["position"]) == (
        "Verdict: no, it breaks",
        "no, it breaks",
        "no",
    )
    assert (seat["outputSha256"], seat["inputSha256"]) == (sha256(seat["output"]), sha256(seat["input"]))
    assert "Question: Is it so?" in seat["input"]


async def test_the_hash_of_an_answer_is_that_of_all_of_it(gateway: Gateway, ask: Ask) -> None:
    panel = await ask(gateway, "endless")
    (seat,) = msgspec.json.decode(panel.receipt)["receipt"]["seats"]
    whole = VOICES["endless"].removeprefix("ECHO:say=")

    assert (len(seat["output"]), seat["outputBytes"]) == (32 * 1024, len(whole))
    assert seat["outputSha256"] == sha256(whole)


async def test_a_report_outlives_the_jobs_of_its_seats(gateway: Gateway, ask: Ask) -> None:
    panel = await ask(gateway, "agreeing", "failing")
    before = await opinions(gateway, panel)
    await prune(gateway.database, gateway.spools.folder, 0, dry_run=False)

    assert await opinions(gateway, panel) == before
    assert await gateway.jobs(10, running=False) == []


async def test_a_seat_whose_job_is_gone_before_the_end_is_lost(gateway: Gateway, ask: Ask, gate: Any) -> None:
    panel = await ask(gateway, "agreeing", "slow", limit=0.0)
    await ended(gateway, panel.seats[0].job_id)
    await gateway.database.run(
        lambda connection: connection.execute("delete from jobs where provider = 'agreeing'")
    )
    gate.open()
    with trio.fail_after(PATIENCE):
        panel = await collect(gateway, panel.id, LOCAL, None, PATIENCE)

    assert await told(gateway, panel) == [("agreeing", "failed", "lost"), ("slow", "answered", "ok")]


async def test_where_bodies_are_not_kept_a_receipt_holds_hashes_alone(opened, ask: Ask) -> None:
    async with opened(flight_bodies=False) as gateway:
        panel = await ask(gateway, "agreeing")
        (opinion,) = await opinions(gateway, panel)
        await prune(gateway.database, gateway.spools.folder, 0, dry_run=False)
        (later,) = await opinions(gateway, panel)

    assert (opinion.output, later.output, panel.request) == (
        VOICES["agreeing"].removeprefix("ECHO:say="),
        None,
        {},
    )
    assert (later.verdict, later.output_sha256) == ("answered", sha256(opinion.output))
    assert "Is it so" not in panel.receipt
    assert "it holds" not in panel.receipt


async def test_an_answer_that_is_nowhere_any_more_is_not_taken_for_silence(
    opened, ask: Ask, gate: Any
) -> None:
    async with opened(flight_bodies=False) as gateway:
        panel = await ask(gateway, "agreeing", "slow", limit=0.0)
        await ended(gateway, str(panel.seats[0].job_id))
        shutil.rmtree(gateway.spools.home(str(panel.seats[0].job_id)))
        gate.open()
        with trio.fail_after(PATIENCE):
            panel = await collect(gateway, panel.id, LOCAL, None, PATIENCE)
        seats = await told(gateway, panel)

    assert seats == [("agreeing", "failed", "lost"), ("slow", "answered", "ok")]


async def test_no_secret_is_kept(gateway: Gateway, ask: Ask) -> None:
    key = "echo-key-" + "0123456789"
    panel = await ask(gateway, "echo", request={"question": f"Is {key} safe?", "focus": "all"})

    assert panel.request["question"] == "Is [redacted] safe?"
    assert key not in panel.receipt


async def test_a_panel_is_its_callers_alone(gateway: Gateway, ask: Ask) -> None:
    panel = await ask(gateway, "agreeing")
    stranger = Caller(principal="somebody")

    for look in (find(gateway, panel.id, stranger), collect(gateway, panel.id, stranger, None, 0.0)):
        with pytest.raises(NotFound):
            await look
    with pytest.raises(NotFound):
        await opinion_of_job(gateway, str(panel.seats[0].job_id), stranger)


async def test_named_providers_are_asked_once_each_and_others_only_where_they_are_installed(
    gateway: Gateway,
) -> None:
    assert seated(gateway, ["silent", "echo", "silent"], 2) == ("silent", "echo")
    assert seated(gateway, [], 2) == ("agreeing", "dissenting")
    with pytest.raises(NotFound):
        seated(gateway, ["nobody"], 2)

import json
from pathlib import Path
from typing import Any

import pytest
import trio

from gateway.config import read_config
from gateway.domain.panels import Opinion, Panel
from gateway.service.receipts import write_receipt
from gateway.store.database import open_database
from gateway.store.panels import create_panel, seal

PANEL = Panel(
    id="p1",
    principal="local",
    tool="consensus_check",
    intent="consensus",
    created_at=1.0,
    request={"content": "Water is wet."},
)
OPINION = Opinion(
    provider="acme",
    role="seat",
    correlation_id="c",
    ending="ok",
    verdict="answered",
    stated="true",
    output="Verdict: true",
)
RECEIPT = write_receipt(PANEL, [OPINION], at=2.0, keep_bodies=True)


@pytest.fixture
def kept(environ: dict[str, str]) -> None:
    """A database that holds one panel with its receipt, and one without."""

    async def keep() -> None:
        async with open_database(f"{read_config(environ).state}/gateway.db") as database:
            for panel_id in ("p1", "p2"):
                fields = {name: getattr(PANEL, name) for name in PANEL.__struct_fields__}
                await database.run(create_panel, Panel(**(fields | {"id": panel_id})))
            await database.run(seal, "p1", RECEIPT, at=2.0, keep_bodies=True)

    trio.run(keep)


@pytest.mark.parametrize("text", [RECEIPT, RECEIPT + "\n", json.dumps(json.loads(RECEIPT), indent=2)])
def test_an_intact_receipt_is_intact_however_it_came(invoke, tmp_path: Path, text: str) -> None:
    file = tmp_path / "receipt.json"
    file.write_text(text)
    result = invoke("receipt", "verify", str(file))
    assert (result.exit_code, result.stdout) == (0, "The receipt is intact.\n")


def test_a_receipt_is_read_from_standard_input(invoke) -> None:
    result = invoke("receipt", "verify", "-", "--json", stdin=RECEIPT)
    assert json.loads(result.stdout) == {"schema_version": 1, "intact": True, "flaws": []}


def test_one_changed_letter_is_named_with_its_place(invoke) -> None:
    result = invoke("receipt", "verify", "-", stdin=RECEIPT.replace("Water is wet", "Water is wed"))
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", "$.receipt.request.content: changed\n")


def test_the_places_are_told_in_json_too(invoke) -> None:
    result = invoke("receipt", "verify", "-", "--json", stdin=RECEIPT.replace('"answered"', '"abstained"'))
    flaws = [{"place": "$.receipt.seats[0].verdict", "problem": "changed"}]
    assert (result.exit_code, json.loads(result.stdout)["flaws"]) == (1, flaws)


def test_what_is_no_receipt_is_told(invoke) -> None:
    result = invoke("receipt", "verify", "-", stdin="hello")
    assert (result.exit_code, result.stderr.startswith("$: no JSON")) == (1, True)


def test_a_file_that_is_not_there_is_a_mistake_on_the_line(invoke) -> None:
    assert invoke("receipt", "verify", "/no/such/file").exit_code == 2


@pytest.mark.usefixtures("kept")
def test_a_receipt_is_shown_byte_for_byte(invoke) -> None:
    assert invoke("receipt", "show", "p1", "--json").stdout == RECEIPT + "\n"


@pytest.mark.usefixtures("kept")
def test_a_receipt_is_shown_to_people(invoke) -> None:
    lines = invoke("receipt", "show", "p1").stdout.splitlines()
    assert [line.split() for line in lines[:4]] == [
        ["validationId", "p1"],
        ["tool", "consensus_check"],
        ["startedAt", "1970-01-01T00:00:01.000Z"],
        ["sealedAt", "1970-01-01T00:00:02.000Z"],
    ]
    assert lines[4].split(maxsplit=1) == ["content", "Water is wet."]
    assert lines[-1].split("\t") == ["acme", "seat", "answered", "ok", "", "", "true"]


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize(
    ("panel_id", "words"),
    [("p2", "has no receipt yet"), ("nope", "There is no panel 'nope'.")],
)
def test_a_receipt_that_is_not_there_is_told(invoke, panel_id: str, words: str) -> None:
    result: Any = invoke("receipt", "show", panel_id)
    assert (result.exit_code, words in result.stderr) == (2, True)

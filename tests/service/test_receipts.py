import json
from typing import Any

import pytest

from gateway.domain.panels import Opinion, Panel
from gateway.errors import InvalidRequest
from gateway.rules.digests import Flaw, canonical, sealed
from gateway.service.receipts import KEPT, opinions_of, verify, write_receipt

OPINION = Opinion(
    provider="acme",
    role="seat",
    correlation_id="c1",
    job_id="j1",
    ending="ok",
    verdict="answered",
    stated="yes",
    position="yes",
    model_used="large",
    cli_version="1.0",
    input="Is it so? é",
    input_sha256="a" * 64,
    output="Verdict: yes",
    output_bytes=12,
    output_sha256="b" * 64,
)
PANEL = Panel(
    id="p1",
    principal="local",
    tool="consensus_check",
    intent="consensus",
    created_at=1.25,
    request={"content": "x"},
)


def written(opinion: Opinion = OPINION, *, keep_bodies: bool = True, **facts: Any) -> str:
    fields = {name: getattr(PANEL, name) for name in PANEL.__struct_fields__}
    return write_receipt(Panel(**(fields | facts)), [opinion], at=2.5, keep_bodies=keep_bodies)


def test_a_receipt_is_written_the_same_way_every_time() -> None:
    assert written() == written()
    assert canonical(json.loads(written())) == written()


def test_a_receipt_gives_back_what_each_seat_said() -> None:
    assert opinions_of(written()) == {"c1": OPINION}


def test_a_receipt_holds_no_number_that_could_be_written_otherwise() -> None:
    floats: list[str] = []
    json.loads(written(), parse_float=floats.append)
    assert floats == []


@pytest.mark.parametrize(
    ("old", "fresh", "place"),
    [
        ('"output":"Verdict: yes"', '"output":"Verdict: Yes"', "$.receipt.seats[0].output"),
        ('"modelUsed":"large"', '"modelUsed":"largf"', "$.receipt.seats[0].modelUsed"),
        ('"cliVersion":"1.0"', '"cliVersion":"1.1"', "$.receipt.seats[0].cliVersion"),
        ('"ending":"ok"', '"ending":"ko"', "$.receipt.seats[0].ending"),
        ('"inputSha256":"a', '"inputSha256":"b', "$.receipt.seats[0].inputSha256"),
        ('"outputBytes":12', '"outputBytes":13', "$.receipt.seats[0].outputBytes"),
        ('{"content":"x"}', '{"content":"y"}', "$.receipt.request.content"),
        ("validation-receipt.v1", "validation-receipt.v2", "$.version"),
    ],
)
def test_a_change_is_named(old: str, fresh: str, place: str) -> None:
    assert verify(written().replace(old, fresh).encode()) == [Flaw(place, "changed")]


def test_a_receipt_of_another_version_is_not_judged() -> None:
    with pytest.raises(InvalidRequest, match="says that it is 'v9'"):
        verify(canonical(sealed({"version": "v9"})).encode())


def test_a_long_text_is_cut_but_its_hash_is_not() -> None:
    receipt = json.loads(
        written(Opinion(provider="a", role="seat", correlation_id="c", output="x" * 2 * KEPT))
    )
    assert receipt["receipt"]["seats"][0]["output"] == "x" * KEPT


def test_where_bodies_are_not_kept_their_words_are_not_there() -> None:
    receipt = json.loads(written(keep_bodies=False))["receipt"]
    (seat,) = receipt["seats"]
    told = {name: seat[name] for name in ("input", "output", "stated", "position", "outputSha256", "verdict")}
    assert (receipt["request"], told) == (
        {},
        {
            "input": None,
            "output": None,
            "stated": None,
            "position": None,
            "outputSha256": "b" * 64,
            "verdict": "answered",
        },
    )

import json
from collections.abc import Iterator
from functools import reduce
from operator import getitem
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.rules.digests import Flaw, canonical, flaws, leaves, pretty, sealed

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
DOCUMENT = sealed(
    {"version": "v1", "receipt": {"who": ["ann", "bo\u001f"], "why not": {"é": 1}, "none": [], "": None}}
)
WRITTEN = canonical(DOCUMENT).encode()


def content(value: Any) -> dict[str, Any]:
    return {"version": "v1", "receipt": value}


@given(VALUES)
def test_what_was_sealed_is_intact_in_both_ways_of_writing_it(value: Any) -> None:
    document = sealed(content(value))
    ways = (canonical(document), canonical(document) + "\n", pretty(document), pretty(document) + "\n")
    assert [flaws(way.encode()) for way in ways] == [[], [], [], []]


def spots(value: Any, *steps: Any) -> Iterator[tuple[Any, ...]]:
    """The way to each value that holds no other, in the order of `leaves`."""
    if not isinstance(value, dict | list) or not value:
        yield steps
        return
    for step, item in value.items() if isinstance(value, dict) else enumerate(value):
        yield from spots(item, *steps, step)


@given(VALUES, st.data())
def test_a_changed_value_is_named_by_its_path(value: Any, data: st.DataObject) -> None:
    document = json.loads(canonical(sealed(content(value))))
    known = content(json.loads(canonical(value)))
    (path, old), (*way, last) = data.draw(
        st.sampled_from(list(zip(leaves(known), spots(known), strict=True)))
    )
    fresh = data.draw(
        (st.integers() | TEXT | st.booleans()).filter(lambda new: canonical(new) != canonical(old))
    )
    reduce(getitem, way, document)[last] = fresh
    assert flaws(canonical(document).encode()) == [Flaw(path, "changed")]


@given(st.integers(0, len(WRITTEN) - 1), st.integers(1, 255))
def test_one_changed_byte_anywhere_fails_and_names_a_place(index: int, flip: int) -> None:
    changed = bytearray(WRITTEN)
    changed[index] ^= flip
    found = flaws(bytes(changed))
    assert found
    assert all(flaw.place.startswith("$") and flaw.problem for flaw in found)


@given(st.integers(0, len(WRITTEN)), st.sampled_from([b" ", b"\n", b"0", b'"', b"\xff"]))
def test_one_byte_more_fails(index: int, byte: bytes) -> None:
    grown = WRITTEN[:index] + byte + WRITTEN[index:]
    assert flaws(grown) != [] or (index == len(WRITTEN) and byte == b"\n")


@given(st.integers(0, len(WRITTEN) - 1))
def test_one_byte_less_fails(index: int) -> None:
    assert flaws(WRITTEN[:index] + WRITTEN[index + 1 :])


def test_a_changed_digest_is_told_from_a_changed_value() -> None:
    digests = DOCUMENT["digests"] | {"$.version": "0" * 64}
    assert flaws(canonical(DOCUMENT | {"digests": digests}).encode()) == [
        Flaw('$.digests["$.version"]', "changed; the value itself is intact")
    ]


def test_a_changed_seal_is_named() -> None:
    told = flaws(canonical(DOCUMENT | {"sha256": "0" * 64}).encode())
    assert told == [Flaw("$.sha256", "not the hash of the digests")]


def test_what_was_added_or_taken_away_is_named() -> None:
    receipt = {name: value for name, value in DOCUMENT["receipt"].items() if name != "none"} | {"more": 1}
    assert flaws(canonical(DOCUMENT | {"receipt": receipt}).encode()) == [
        Flaw("$.receipt.more", "added"),
        Flaw("$.receipt.none", "missing"),
    ]


def test_the_same_in_other_bytes_is_told_with_its_place() -> None:
    (flaw,) = flaws(WRITTEN.replace(b"\\u001f", b"\\u001F"))
    assert (flaw.place, flaw.problem.startswith("says the same")) == ("$.receipt.who[1]", True)


def test_what_is_no_sealed_document_is_told() -> None:
    documents = (
        b"",
        b"[]",
        b"7",
        b'{"digests": {}}',
        b'{"digests": {"$": 1}, "sha256": ""}',
        b"\xff",
        b"[" * 100_000,
    )
    assert [flaws(document)[0].place for document in documents] == [
        "$", "$", "$", "$.sha256", "$.digests", "$", "$" + "[0]" * 100_000
    ]  # fmt: skip


def test_a_name_that_stands_twice_is_a_flaw() -> None:
    assert flaws(WRITTEN.replace(b'"version":"v1"', b'"version":"v1","version":"v1"'))

"""Documents that tell where they were changed: canonical JSON, and a hash of each value in it.

A sealed document carries under ``digests`` the hash of every single value by its JSON path, and under ``sha256`` the
hash of those digests. A changed value no longer has its digest, a changed digest no longer has the seal, a changed
seal belongs to no digests: one change leaves two of the three in agreement, and so is found.
"""

import hashlib
import re
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from gateway.rules.places import member, place_of

DIGESTS, SEAL = "digests", "sha256"


class Flaw(Struct, frozen=True):
    """Something that is not as it was sealed: where, as a JSON path, and what."""

    place: str
    problem: str


def canonical(value: Any) -> str:
    """The one way to write a value: sorted keys, no white space, UTF-8."""
    return msgspec.json.encode(value, order="sorted").decode()


def pretty(value: Any) -> str:
    """The one way to write a value for people."""
    return msgspec.json.format(canonical(value), indent=2)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def sealed(content: dict[str, Any]) -> dict[str, Any]:
    """The content with its digests and its seal."""
    digests = _digests(content)
    return {**content, DIGESTS: digests, SEAL: sha256(canonical(digests))}


def flaws(data: bytes) -> list[Flaw]:
    """Everything that is wrong with a sealed document; nothing: it is as it was sealed, to the byte."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        return [Flaw(_place_of_byte(data, error.start), f"no UTF-8 at byte {error.start}")]
    try:
        document = msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError) as error:
        return [Flaw(_place_of_byte(data, _offset(error, len(data))), f"no JSON: {error}")]
    return _contradictions(document) or _written_otherwise(text, document)


def _offset(error: Exception, end: int) -> int:
    """The byte that a decoder complains about; it names none where the text ends too soon."""
    found = re.search(r"byte (\d+)", str(error))
    return int(found[1]) if found else end


def _place_of_byte(data: bytes, offset: int) -> str:
    before = data[:offset].decode(errors="replace")
    return place_of(before + data[offset:].decode(errors="replace"), len(before))


def _contradictions(document: Any) -> list[Flaw]:
    if not isinstance(document, dict):
        return [Flaw("$", "no sealed document")]
    digests, seal = document.get(DIGESTS), document.get(SEAL)
    if not isinstance(digests, dict) or not all(isinstance(digest, str) for digest in digests.values()):
        return [Flaw(f"$.{DIGESTS}", "missing, or no digests")]
    if not isinstance(seal, str):
        return [Flaw(f"$.{SEAL}", "missing, or no hash")]
    actual = _digests({name: value for name, value in document.items() if name not in (DIGESTS, SEAL)})
    differing = sorted(
        path for path in actual.keys() | digests.keys() if actual.get(path) != digests.get(path)
    )
    if not differing:
        return (
            [] if sha256(canonical(digests)) == seal else [Flaw(f"$.{SEAL}", "not the hash of the digests")]
        )
    if sha256(canonical(actual)) == seal:
        return [
            Flaw(member(f"$.{DIGESTS}", path), "changed; the value itself is intact") for path in differing
        ]
    return [Flaw(path, _problem(path in actual, path in digests)) for path in differing]


def _problem(is_there: bool, was_there: bool) -> str:
    if is_there and was_there:
        return "changed"
    return "added" if is_there else "missing"


def _written_otherwise(text: str, document: Any) -> list[Flaw]:
    """A document that says the same in other bytes, such as an escape or a space more."""
    body = text.removesuffix("\n")
    forms = (canonical(document), pretty(document))
    if body in forms:
        return []
    same = max(_common(body, form) for form in forms)
    return [
        Flaw(place_of(body, same), f"says the same, but is not written as it was sealed (character {same})")
    ]


def _common(one: str, other: str) -> int:
    """How many characters two texts have in common at their beginning."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((index for index, (a, b) in pairs if a != b), min(len(one), len(other)))


def _digests(content: Any) -> dict[str, str]:
    return {path: sha256(canonical(value)) for path, value in leaves(content)}


def leaves(value: Any, path: str = "$") -> Iterator[tuple[str, Any]]:
    """Every value that holds no other, with its JSON path."""
    if isinstance(value, dict) and value:
        for name, item in value.items():
            yield from leaves(item, member(path, name))
    elif isinstance(value, list | tuple) and value:
        for index, item in enumerate(value):
            yield from leaves(item, f"{path}[{index}]")
    else:
        yield path, value

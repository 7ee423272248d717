"""What a person is asked while their request waits, and what they say."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal

from msgspec import Struct


class Question(Struct, frozen=True, kw_only=True):
    """A short form: why it is shown, and its fields as the properties of a flat JSON Schema. All are required."""

    name: str
    message: str
    fields: Mapping[str, Mapping[str, Any]]


class Reply(Struct, frozen=True):
    """What became of a form. Only an accepted one has values, and nobody has checked them yet."""

    action: Literal["accept", "decline", "cancel"]
    values: Mapping[str, Any] = {}


Ask = Callable[[Question], Awaitable[Reply | None]]
"""Puts a question to whoever sent a request; None: nobody was reached."""

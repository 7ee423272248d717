"""What a tool of the server is, before the protocol's own types come in."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from msgspec import Struct

from gateway.domain.caller import LOCAL, Caller
from gateway.rules.schema import json_schema
from gateway.service.gateway import Gateway
from gateway.service.waiting import Notify

Result = dict[str, Any]


class Call(Struct, frozen=True, kw_only=True):
    """One call of a tool."""

    gateway: Gateway
    arguments: Mapping[str, Any]
    options: Mapping[str, Any] = {}
    """More arguments, which came in an object of their own."""
    notify: Notify | None = None
    caller: Caller = LOCAL
    as_task: bool = False
    """Whether the client takes a task, which it comes back for, instead of an answer."""
    client: str | None = None
    """What the MCP client calls itself."""


Answer = Callable[[Call], Awaitable[Result]]


class ToolSpec(Struct, frozen=True, kw_only=True):
    """A tool: what it is called, what it takes, what it may do, who answers."""

    name: str
    title: str
    description: str
    schema: dict[str, Any]
    answer: Answer
    durable: bool = False
    """It needs jobs that one can come back for, so it is not there without a place to keep them."""
    read_only: bool = False
    destructive: bool = False
    idempotent: bool = False
    open_world: bool = False

    def listed(self) -> dict[str, Any]:
        """The tool as ``tools/list`` tells it."""
        return {
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "inputSchema": self.schema,
            "annotations": self._annotations(),
        }

    def _annotations(self) -> dict[str, bool]:
        """The hints, without those that say what goes without saying: every word of the list costs tokens."""
        hints = {"readOnlyHint": self.read_only, "destructiveHint": self.destructive}
        more = {"idempotentHint": self.idempotent, "openWorldHint": self.open_world}
        usual = {"idempotentHint": False, "openWorldHint": True}
        return hints | {name: value for name, value in more.items() if value != usual[name]}


def plain(name: str, title: str, asked: type[Struct], answer: Answer, **facts: bool) -> ToolSpec:
    """A tool of our own: the Struct's docstring describes it."""
    return ToolSpec(
        name=name,
        title=title,
        description=described(asked),
        schema=json_schema(asked),
        answer=answer,
        **facts,
    )


def described(asked: type[Struct]) -> str:
    """A Struct's docstring, on one line."""
    return " ".join((inspect.getdoc(asked) or "").split())

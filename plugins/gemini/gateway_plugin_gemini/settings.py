"""What is read of settings.json, which may hold comments: the model, and the MCP servers."""

import re
from collections.abc import Iterator

import msgspec
from msgspec import Struct

from gateway import Finding

_WORDS = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
"""Strings, which stay, and comments, which go."""


class _Model(Struct):
    name: str = ""


class _Servers(Struct):
    """``mcp``: which servers count. Null: all that are there."""

    allowed: list[str] | None = None
    excluded: list[str] = []


class Settings(Struct, rename="camel"):
    """What we read; everything else is ignored."""

    model: _Model | str = ""
    mcp: _Servers = msgspec.field(default_factory=_Servers)
    mcp_servers: dict[str, msgspec.Raw] = {}


def read(text: str) -> Settings:
    """The settings; what is none raises msgspec.DecodeError."""
    return msgspec.json.decode(_WORDS.sub(lambda found: found[1] or "", text), type=Settings)


def findings(text: str) -> Iterator[Finding]:
    """What is wrong with the MCP servers of the settings."""
    try:
        settings = read(text)
    except msgspec.DecodeError as error:
        yield Finding(
            "gemini", f"Its settings.json cannot be read: {error}", "Correct ~/.gemini/settings.json."
        )
        return
    allowed = settings.mcp.allowed
    lost = [name for name in allowed or () if name not in settings.mcp_servers]
    if lost:
        told = f"Its settings.json allows MCP servers that are not in mcpServers: {', '.join(lost)}."
        yield Finding("gemini", told, "Add them to mcpServers, or remove them from mcp.allowed.")
    shut = [
        name
        for name in settings.mcp_servers
        if name in settings.mcp.excluded or (allowed is not None and name not in allowed)
    ]
    if shut:
        told = f"Its settings.json has MCP servers that it does not let run: {', '.join(shut)}."
        yield Finding("gemini", told, "Add them to mcp.allowed, and remove them from mcp.excluded.", "info")

"""Clients that are no providers: what we know of them, in the words in which plugins tell it of theirs."""

from gateway.domain.probes import HomeFile
from gateway.domain.provider import BEARER_VARIABLE, Client, ServersFile

_TOKEN = {"headers": {"Authorization": f"Bearer ${{env:{BEARER_VARIABLE}}}"}}

EDITORS: dict[str, Client] = {
    "cursor": Client(
        title="Cursor",
        names=("cursor-vscode",),
        call_limit=60.0,
        servers=ServersFile(
            file=HomeFile(".cursor/mcp.json"),
            shape="json",
            key="mcpServers",
            token=_TOKEN,
            verify="Cursor Settings > MCP lists it with a green dot; `cursor-agent mcp list` tells it in a shell.",
        ),
    ),
    "vscode": Client(
        title="Visual Studio Code",
        names=("Visual Studio Code*",),
        servers=ServersFile(
            file=HomeFile("Code/User/mcp.json", settings=True),
            shape="json",
            key="servers",
            stdio={"type": "stdio"},
            http={"type": "http"},
            token=_TOKEN,
            verify="Run `MCP: List Servers` from the command palette.",
        ),
    ),
    "cline": Client(title="Cline", names=("Cline",), call_limit=60.0),
}
"""By the word on the command line."""

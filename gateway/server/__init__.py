"""The MCP server. The only room that knows the protocol."""

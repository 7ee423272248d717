"""The use cases: what the command line and the MCP server both call."""

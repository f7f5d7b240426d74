"""The MCP servers of one message, spoken to through the official SDK."""

"""A server of the modern protocol over streamable HTTP, on the port given: packages have none yet."""

import sys

from mcp.server.mcpserver import MCPServer

server = MCPServer("modern-http")


@server.tool()
def add(a: int, b: int) -> int:
    return a + b


server.run("streamable-http", port=int(sys.argv[1]))

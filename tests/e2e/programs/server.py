"""An MCP server that gets into the kinds of trouble that Kubernetes has words for. Runs in a runner's pod."""

import os
import time
import urllib.request

from mcp.server.mcpserver import MCPServer

server = MCPServer("programs")


def ask(gate: str, question: str) -> str:
    with urllib.request.urlopen(f"http://{gate}/{question}", timeout=1800) as answer:
        text: str = answer.read().decode()
    return text


@server.tool()
def wait(gate: str, name: str) -> str:
    """Return once somebody opens the gate."""
    return ask(gate, f"wait/{name}")


@server.tool()
def crash_once(gate: str, name: str) -> str:
    """Die at the first call with this name, whatever pod that is in."""
    if ask(gate, f"visit/{name}") == "1":
        os._exit(3)
    return "alive"


@server.tool()
def now() -> float:
    """Seconds since the epoch."""
    return time.time()


server.run("stdio")

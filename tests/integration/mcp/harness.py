"""Short ways to run a message's servers and calls."""

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import anyio

from mcp_jobs.adapters.mcp.limits import Limits, Surroundings
from mcp_jobs.adapters.mcp.work import run_message
from mcp_jobs.core.envelope import Call
from mcp_jobs.core.report import WorkReport
from mcp_jobs.core.servers import Server, Transport

SERVERS = Path(__file__).parents[2] / "servers"


def stdio(name: str, *argv: str, **fields: Any) -> Server:
    """A server that is a process of this Python interpreter."""
    return Server(name=name, transport=Transport.STDIO, command=sys.executable, args=argv, **fields)


def scripted(name: str, *options: str, **fields: Any) -> Server:
    """tests/servers/scripted.py."""
    return stdio(name, str(SERVERS / "scripted.py"), *options, **fields)


def http(name: str, url: str, **fields: Any) -> Server:
    """A server at a URL."""
    return Server(name=name, url=url, **{"transport": Transport.STREAMABLE_HTTP, **fields})


def call(server: str, tool: str, timeout_seconds: float | None = None, **arguments: Any) -> Call:
    """A call; its arguments are those left over."""
    return Call(server=server, tool=tool, arguments=arguments, timeout_seconds=timeout_seconds)


def run(
    surroundings: Surroundings, servers: Sequence[Server], calls: Sequence[Call] = (), **limits: float
) -> WorkReport:
    """Run one message's work to its end."""
    work = partial(run_message, servers, calls, limits=Limits(**limits), surroundings=surroundings)
    return anyio.run(work)

"""Short ways to run a message's servers and calls."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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


@contextmanager
def listening(command: list[str], port: int, **environment: str) -> Iterator[None]:
    """Run `command` until it is no longer needed, from its first line that names the port on."""
    env = os.environ | {"PORT": str(port)} | environment
    with subprocess.Popen(
        command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            assert process.stdout is not None
            if not any(str(port) in line for line in process.stdout):
                raise RuntimeError(f"{command} ended before it listened")
            yield
        finally:
            process.kill()


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])

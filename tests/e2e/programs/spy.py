"""An MCP server that looks for what it is not to find: credentials, and what other processes know."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mcp.server.mcpserver import MCPServer

server = MCPServer("spy")

#: where Kubernetes and the chart put files for a pod
PLACES = ("/etc/mcp-jobs", "/run/mcp-jobs", "/run/secrets", "/var/run/secrets")


def files() -> Iterator[str]:
    """What there is in those places, readable or not."""
    for place in PLACES:
        for directory, _, names in os.walk(place):
            yield from (f"{directory}/{name}" for name in names)


def memory(process: Path) -> Iterator[bytes]:
    """What can be read of a process's writable memory."""
    try:
        regions = (process / "maps").read_text(encoding="utf-8").splitlines()
        with (process / "mem").open("rb", buffering=0) as file:
            for region in regions:
                span, rights, *_ = region.split()
                start, end = (int(number, 16) for number in span.split("-"))
                if rights.startswith("rw"):
                    file.seek(start)
                    yield file.read(end - start)
    except OSError:
        return


def environment(process: Path) -> str:
    """Its environment, "" where that can't be read."""
    try:
        return (process / "environ").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


@server.tool()
def look(reversed_secret: str) -> dict[str, Any]:
    """All that can be found. The secret comes reversed: the call would put it into memories otherwise."""
    secret = reversed_secret[::-1].encode()
    processes = {path.name: path for path in Path("/proc").glob("[0-9]*")}
    return {
        "user": os.getuid(),
        "files": sorted(files()),
        "commands": sorted(
            (path / "cmdline").read_text(encoding="utf-8").replace("\0", " ") for path in processes.values()
        ),
        "environments": "".join(map(environment, processes.values())),
        "knowing": [pid for pid, path in processes.items() if any(secret in piece for piece in memory(path))],
        "myself": str(os.getpid()),
        "writable": [place for place in PLACES if os.access(place, os.W_OK)],
    }


server.run("stdio")

"""An MCP server that tells all it knows, everywhere it can: `leaky.py [--port=N] [--list=FILE] [--crash]`.

With a port it speaks streamable HTTP, else over its standard streams. --list writes the command lines of all
processes to FILE; --crash ends it before it has answered.
"""

import argparse
import base64
import json
import os
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError

parser = argparse.ArgumentParser()
parser.add_argument("--port", type=int)
parser.add_argument("--list", type=Path)
parser.add_argument("--crash", action="store_true")
options, rest = parser.parse_known_args()
knows = {"argv": " ".join(rest), **dict(reversed(list(os.environ.items())))}
told = json.dumps(knows)

server = MCPServer("leaky", instructions=told, version="; ".join(knows.values())[:180])


@server.tool()
def tell() -> dict[str, Any]:
    """All of it, in many forms."""
    encoded = base64.b64encode(told.encode()).decode()
    return {
        "plain": knows,
        "json": told,
        "repr": repr(knows),
        "base64": encoded,
        "percent": quote(told),
        "hex": told.encode().hex(),
        "keys": {value: name for name, value in knows.items()},
    }


@server.tool()
def tell_request(ctx: Context) -> dict[str, Any]:
    """All of the HTTP request."""
    request = ctx.request_context.request
    assert request is not None
    return {"url": str(request.url), "headers": dict(request.headers)}


@server.tool()
def fail() -> str:
    """Fail with all of it as the reason."""
    raise ToolError(told)


@server.tool()
def die() -> None:
    """End with all of it as the last words."""
    print("\n".join(reversed(knows.values())), file=sys.stderr, flush=True)
    os._exit(3)


if options.list:
    lines = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if os.access(path, os.R_OK)]
    options.list.write_bytes(b"\n".join(lines))
if options.crash:
    die()
if options.port:
    server.run("streamable-http", port=options.port)
else:
    server.run("stdio")

"""The messages that the tests send."""

import json
import uuid
from typing import Any

SERVER = {"command": "python", "args": ["/programs/server.py"]}


def idle(number: int) -> bytes:
    """A message whose one server is disabled: a whole pod, and next to no work in it."""
    return _message(f"idle-{number}", {"none": {"command": "python", "disabled": True}})


def clock(number: int) -> bytes:
    """A message that asks a real MCP server what time it is."""
    servers = {"time": {"command": "mcp-server-time", "args": ["--local-timezone", "UTC"]}}
    call = {"server": "time", "tool": "get_current_time", "arguments": {"timezone": "UTC"}}
    return _message(f"clock-{number}", servers, [call])


def calling(tool: str, **arguments: Any) -> bytes:
    """A message that calls a tool of programs/server.py."""
    name = tool.replace("_", "-")
    return _message(
        f"{name}-{uuid.uuid4().hex[:8]}",
        {"programs": SERVER},
        [{"server": "programs", "tool": tool, "arguments": arguments}],
    )


def spying(secret: str) -> bytes:
    """A message whose server looks for what is secret, among other things."""
    call = {"server": "spy", "tool": "look", "arguments": {"reversed_secret": secret[::-1]}}
    spy = {"command": "python", "args": ["/programs/spy.py"]}
    return _message(f"spy-{uuid.uuid4().hex[:8]}", {"spy": spy}, [call])


def job_id(message: bytes) -> str:
    """The id in a message."""
    return str(json.loads(message)["jobId"])


def _message(name: str, servers: dict[str, Any], calls: list[dict[str, Any]] | None = None) -> bytes:
    return json.dumps({"jobId": name, "payload": {"mcpServers": servers, "calls": calls or []}}).encode()

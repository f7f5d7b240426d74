"""What a connected server says about itself: the `serverDetails` of an outcome."""

import hashlib
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from mcp import Client
from mcp.shared.exceptions import MCPError
from mcp_types import PaginatedResult, Tool
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import BaseModel, ValidationError

from mcp_jobs.core.redact import redacted
from mcp_jobs.core.servers import Server

_PAGES = 100  # a server that always names another page would be listed for ever
_INFO_CHARS = 200
_Page = TypeVar("_Page", bound=PaginatedResult)
_Item = TypeVar("_Item")


async def describe(client: Client, server: Server, room: int) -> dict[str, Any]:
    """The details of a connected server, in about `room` bytes of JSON."""
    capabilities = client.server_capabilities
    return {
        "era": "modern" if client.protocol_version in MODERN_PROTOCOL_VERSIONS else "legacy",
        "protocolVersion": client.protocol_version,
        "serverInfo": _info(client),
        "capabilities": _capabilities(_json(capabilities), room // 4),
        "instructions": _cut(client.instructions, room // 8),
        "tools": None if capabilities.tools is None else _tools(await list_tools(client), server, room // 2),
        "resources": None if capabilities.resources is None else await _count(_resources(client)),
        "prompts": None if capabilities.prompts is None else await _count(_prompts(client)),
    }


async def list_tools(client: Client) -> list[Tool]:
    """All tools of a server, from all pages."""
    return await _walk(lambda cursor: client.list_tools(cursor=cursor), lambda page: page.tools)


def allows(server: Server, tool: str) -> bool:
    """Whether the entry lets `tool` through; a tool in both lists stays out."""
    included = server.include_tools is None or tool in server.include_tools
    return included and tool not in server.exclude_tools


def _resources(client: Client) -> Awaitable[list[Any]]:
    return _walk(lambda cursor: client.list_resources(cursor=cursor), lambda page: page.resources)


def _prompts(client: Client) -> Awaitable[list[Any]]:
    return _walk(lambda cursor: client.list_prompts(cursor=cursor), lambda page: page.prompts)


async def _count(listing: Awaitable[list[Any]]) -> int | None:
    """How many; None where a server declares what it then fails to list, which costs nobody anything."""
    try:
        return len(await listing)
    except (MCPError, ValidationError):
        return None


async def _walk(
    fetch: Callable[[str | None], Awaitable[_Page]], items: Callable[[_Page], Sequence[_Item]]
) -> list[_Item]:
    found: list[_Item] = []
    cursor: str | None = None
    for _ in range(_PAGES):
        page = await fetch(cursor)
        found += items(page)
        cursor = page.next_cursor
        if cursor is None:
            break
    return found


def _tools(tools: Sequence[Tool], server: Server, room: int) -> dict[str, Any]:
    kept = sorted((tool for tool in tools if allows(server, tool.name)), key=lambda tool: tool.name)
    names: list[str] = []
    for tool in kept:
        room -= len(json.dumps(tool.name)) + 2
        if room < 0:
            break
        names.append(tool.name)
    return {"count": len(kept), "names": names, "hash": _hash(kept)}


def _hash(tools: Sequence[Tool]) -> str:
    """One value for the same tools in any order: of their canonical JSON, with what the server itself set."""
    plain = [
        tool.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude_none=True) for tool in tools
    ]
    canonical = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"sha256:{hashlib.sha256(canonical.encode('utf-8', 'surrogatepass')).hexdigest()}"


def _info(client: Client) -> dict[str, Any] | None:
    if client.server_info is None:
        return None
    plain = _json(client.server_info)
    # Icons are left out: they come as data URLs of any size.
    return {key: _cut(value, _INFO_CHARS) for key, value in plain.items() if isinstance(value, str)}


def _capabilities(plain: dict[str, Any], room: int) -> dict[str, Any]:
    """As declared, or by name only where servers put documents into `experimental` and the like."""
    return plain if len(json.dumps(plain)) <= room else {key: {} for key in plain}


def _json(model: BaseModel) -> dict[str, Any]:
    return model.model_dump(mode="json", by_alias=True, exclude_none=True)


def _cut(text: str | None, limit: int) -> str | None:
    text = None if text is None else redacted(text)
    return text if text is None or len(text) <= limit else text[: limit - 1] + "…"

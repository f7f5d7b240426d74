"""A tool's result as JSON, cut to what an outcome may carry."""

import json
from typing import Any

from mcp_types import CallToolResult

#: bytes of JSON for all the results of a message: with its servers' details they fit a Kafka record of 1 MB
RESULTS_BYTES = 256 * 1024
_MARK = {"truncated": True}
_COMMA_BYTES = len(", ")
_KEY_BYTES = len(', "structuredContent": ')


def plain(result: CallToolResult) -> dict[str, Any]:
    """The result as it came, as JSON."""
    return result.model_dump(mode="json", by_alias=True, exclude_none=True)


def size(value: object) -> int:
    """Bytes of `value` as JSON, at most: every character outside ASCII counted as an escape."""
    return len(json.dumps(value))


def bounded(result: dict[str, Any], room: int) -> dict[str, Any]:
    """`result` if it fits into `room` bytes, else what of it does.

    `"truncated": true` marks the result and the content that lost something.
    Text is shortened, other content is named without its data; structured content stays whole or goes.
    """
    if size(result) <= room:
        return result
    kept: dict[str, Any] = {"content": [], "isError": result.get("isError", False), **_MARK}
    room -= size(kept)
    structured = result.get("structuredContent")
    if structured is not None and size(structured) + _KEY_BYTES <= room // 2:
        kept["structuredContent"] = structured
        room -= size(structured) + _KEY_BYTES
    for block in result.get("content", []):
        short = _fitting(block, room - _COMMA_BYTES)
        if short is None:
            break
        kept["content"].append(short)
        room -= size(short) + _COMMA_BYTES
    return kept


def text_of(result: CallToolResult) -> str:
    """All text of a result, for a sentence."""
    return " ".join(block.text for block in result.content if block.type == "text")


def _fitting(block: dict[str, Any], room: int) -> dict[str, Any] | None:
    if size(block) <= room:
        return block
    named = {key: block[key] for key in ("type", "mimeType") if key in block} | _MARK
    spare = room - size(named) - len('"text": "", ')
    if spare < 0:
        return None
    return named | {"text": _shortened(block["text"], spare)} if block.get("type") == "text" else named


def _shortened(text: str, room: int) -> str:
    """The longest beginning of `text` whose JSON takes `room` bytes; an escaped character takes up to 12."""
    low, high = 0, min(len(text), room)
    while low < high:
        middle = (low + high + 1) // 2
        if size(text[:middle]) - 2 <= room:
            low = middle
        else:
            high = middle - 1
    return text[:low]

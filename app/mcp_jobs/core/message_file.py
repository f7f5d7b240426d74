"""The messages in a file: envelopes as JSON or JSON lines, or an MCP client's own configuration."""

import json
import re
from collections.abc import Callable
from pathlib import PurePath
from typing import Any

from mcp_jobs.core.envelope import JOB_ID, PAYLOAD, SERVERS
from mcp_jobs.core.server_entry import looks_like_server

_ENVELOPE_KEYS = {*JOB_ID, *PAYLOAD, "specversion"}
_BESIDE_SERVERS = ("calls", "tenant")
_LINE_SUFFIXES = (".jsonl", ".ndjson")
_GAP = re.compile(r"[\s,]*")
_COMMENT = re.compile(r'("(?:[^"\\]|\\.)*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
_TRAILING_COMMA = re.compile(r'("(?:[^"\\]|\\.)*")|,(?=\s*[\]}])')


def read_file(text: str, name: str, new_id: Callable[[], str]) -> list[bytes]:
    """The messages to produce for a file. What is malformed passes unchanged, to be refused as others are.

    `text` is the file decoded with `errors="surrogateescape"`, so that its bytes come out as they went in.
    `new_id` gives the suffix of the job id for servers that come without an envelope.
    """
    text = text.removeprefix("\ufeff")
    stem = PurePath(name).stem.strip(".")[:100] or "file"
    return [_message(chunk, stem, new_id) for chunk in _chunks(text, name)]


def _chunks(text: str, name: str) -> list[str]:
    """The parts of a file that become one message each, as they stand in it."""
    # Not splitlines(): JSON strings may hold U+2028 and the like.
    lines = [line.removesuffix("\r") for line in text.split("\n") if line.strip()]
    if name.lower().endswith(_LINE_SUFFIXES):
        return lines
    whole = _parsed(text)
    if isinstance(whole, list):
        return _elements(text)
    if whole is None:
        plain = _without_comments(text)
        if _has_bare_servers(_parsed(plain)):
            return [plain]
        if any(_is_message(_parsed(line)) for line in lines):
            return lines
    return [text] if lines else []


def _message(chunk: str, stem: str, new_id: Callable[[], str]) -> bytes:
    if _has_bare_servers(_parsed(chunk)):
        # The text itself, not what was parsed of it: a name that stands there twice is to be found out.
        chunk = json.dumps({"jobId": f"{stem}-{new_id()}", "payload": chunk})
    return chunk.encode("utf-8", "surrogateescape")


def _parsed(text: str) -> Any:
    """The JSON value, None where there is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _elements(array: str) -> list[str]:
    elements: list[str] = []
    position = array.index("[") + 1
    while (gap := _GAP.match(array, position)) and array[gap.end()] != "]":
        _, position = json.JSONDecoder().raw_decode(array, gap.end())
        elements.append(array[gap.end() : position])
    return elements


def _is_message(value: Any) -> bool:
    is_envelope = isinstance(value, dict) and not _ENVELOPE_KEYS.isdisjoint(value)
    return is_envelope or _has_bare_servers(value)


def _has_bare_servers(value: Any) -> bool:
    if not isinstance(value, dict) or not _ENVELOPE_KEYS.isdisjoint(value):
        return False
    rest = [member for name, member in value.items() if name not in _BESIDE_SERVERS]
    return not value.keys().isdisjoint(SERVERS) or (bool(rest) and all(map(looks_like_server, rest)))


def _without_comments(text: str) -> str:
    """VS Code allows comments and trailing commas in its files."""
    return _TRAILING_COMMA.sub(_keep_string, _COMMENT.sub(_keep_string, text))


def _keep_string(match: re.Match[str]) -> str:
    return match[1] or ""

"""The messages in the files that a command was given."""

import secrets
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mcp_jobs.core.errors import McpJobsError
from mcp_jobs.core.message_file import read_file


class InputError(McpJobsError):
    """Raised when a file that was named can't be read, or holds nothing to send."""


@dataclass(frozen=True, slots=True)
class Sourced:
    """One message and where it comes from, e.g. `jobs.jsonl #2`."""

    source: str
    value: bytes


def read_messages(paths: Iterable[Path]) -> list[Sourced]:
    """All messages of the files, in order; `-` is standard input. Raises InputError."""
    return [message for path in paths for message in _read(path)]


def _read(path: Path) -> list[Sourced]:
    name = "stdin" if str(path) == "-" else path.name
    try:
        data = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except OSError as error:
        raise InputError(f"can't read {path}: {error.strerror or error}") from error
    values = read_file(data.decode("utf-8", "surrogateescape"), name, _new_id)
    if not values:
        raise InputError(f"{path} holds no message")
    if len(values) == 1:
        return [Sourced(name, values[0])]
    return [Sourced(f"{name} #{number}", value) for number, value in enumerate(values, 1)]


def _new_id() -> str:
    return secrets.token_hex(3)

"""What a process said last, from the end of its log: JSON lines, or text."""

import json
from contextlib import suppress

from mcp_jobs.core.outcome import one_line


def last_words(log: str) -> str:
    """The last thing that a log says went wrong, its last line where none does, "" where it is empty."""
    said = [line.strip() for line in log.splitlines() if line.strip()]
    wrong = [text for text in map(_complaint, said) if text]
    return one_line((wrong or said or [""])[-1])


def _complaint(line: str) -> str:
    """The message of a log line that is a warning or an error, else ""."""
    with suppress(ValueError, KeyError, TypeError):
        entry = json.loads(line)
        if entry["level"] in ("WARNING", "ERROR", "CRITICAL"):
            return str(entry["message"])
    return ""

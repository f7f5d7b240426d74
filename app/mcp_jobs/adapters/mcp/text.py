"""Text that servers wrote, made safe to show: it may hold terminal escapes, or no end."""

import re
import unicodedata
from collections.abc import Iterable

from mcp_jobs.core.redact import redacted

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_].*?(?:\x07|\x1b\\|$)|[ -/]*[0-~])")


def clean(text: str) -> str:
    """One line of `text`: escape sequences and control characters gone, white space folded."""
    spaced = re.sub(r"\s+", " ", _ESCAPES.sub("", text))
    return "".join(char for char in spaced if not unicodedata.category(char).startswith("C")).strip()


def excerpt(text: str, limit: int = 300) -> str:
    """The beginning of `text` as one clean line of at most `limit` characters, without secrets."""
    # Before it is cut: of half a secret nobody can tell that it is one. Cleaning may join what was apart.
    line = redacted(clean(redacted(text[: 64 * limit])))
    return line if len(line) <= limit else line[: limit - 1] + "…"


def named(name: str) -> str:
    """A name out of a message, quoted, for a sentence: it may be of any length and hold anything."""
    return repr(excerpt(name, 100))


def tail(lines: Iterable[str], limit: int = 1000) -> str:
    """The end of `lines` as one line of at most `limit` characters, `|` between them, without secrets."""
    line = redacted(" | ".join(lines))
    return line if len(line) <= limit else "…" + line[1 - limit :]

"""Where the results of a command go: to a program as JSON lines, or to a person."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rich.console import Console

from mcp_jobs.local.view import plain


@dataclass(frozen=True, slots=True)
class Output:
    """Standard output. With `as_json` it is for JSON lines alone, and `console` is standard error."""

    as_json: bool
    console: Console

    def json(self, line: Mapping[str, Any]) -> None:
        """One JSON line."""
        print(json.dumps(line, ensure_ascii=False), flush=True)

    def say(self, sentence: object, style: str = "") -> None:
        """A line for people, as plain text."""
        self.console.print(plain(sentence), markup=False, soft_wrap=True, style=style)

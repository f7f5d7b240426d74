"""What a person sees of a local run while it lasts.

Names and reasons come from messages and servers: they are shown as plain text, never as markup, and without
control characters.
"""

import time
from collections.abc import Mapping
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from mcp_jobs.local.board import Outcome, succeeded
from mcp_jobs.local.job import Job
from mcp_jobs.local.platform import Platform

#: characters of a reason in a line
_REASON = 200
#: Jobs listed while they run
_SHOWN_JOBS = 8
_NARROWEST = 100


def console(*, stderr: bool = False) -> Console:
    """A console; where it is no terminal (and COLUMNS does not say), lines may be 100 characters long."""
    found = Console(stderr=stderr, highlight=False)
    if not found.is_terminal:
        found.width = max(found.width, _NARROWEST)
    return found


def plain(text: object, limit: int = 2000) -> str:
    """Any text as one line that can do a terminal no harm."""
    line = "".join(c if c.isprintable() else "�" for c in str(text).replace("\n", " ").strip())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def seconds(milliseconds: float) -> str:
    """A duration, e.g. `1.2 s`, or `2 min 5 s`."""
    if milliseconds < 60_000:
        return f"{milliseconds / 1000:.1f} s"
    return f"{milliseconds // 60_000:.0f} min {milliseconds % 60_000 / 1000:.0f} s"


def plural(count: int, noun: str) -> str:
    """A count with its noun, e.g. `1 message`, `2 messages`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def servers_of(outcome: Outcome) -> str:
    """Initialized servers of all that are not disabled, e.g. `1/2`; a dash where the message names none."""
    states = [server.get("status") for server in outcome.get("servers") or ()]
    wanted = [state for state in states if state != "disabled"]
    return f"{wanted.count('initialized')}/{len(wanted)}" if wanted else "-"


def reason_of(outcome: Outcome) -> str:
    """The sentence that says why the message failed, "" where it did not."""
    error: Mapping[str, Any] = outcome.get("error") or {}
    return plain(error.get("message", ""))


def line_of(outcome: Outcome, done: str) -> Text:
    """One outcome as one line; `done` says how far things are, e.g. `3/12`."""
    good = succeeded(outcome)
    text = Text.assemble(
        (f"{done:>7}  ", "dim"),
        (f"{outcome['status']:<9}", "green" if good else "red"),
        f"  {plain(outcome['jobId'], 60)}",
        (f"  {seconds(outcome['durationMs'])}", "dim"),
    )
    if outcome["attempt"] > 1:
        text.append(f"  attempt {outcome['attempt']}", "yellow")
    if not good:
        text.append(f"  {plain(reason_of(outcome), _REASON)}", "red")
    return text


class Progress:
    """The live picture of a platform at work, for rich.live.Live: drawn anew at every refresh."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._started = time.monotonic()
        self._spinner = Spinner("dots", style="cyan")

    def __rich__(self) -> RenderableType:
        jobs = list(self._platform.scaledjob.jobs)
        rows = Table.grid(padding=(0, 2))
        now = time.monotonic()
        for job in sorted(jobs, key=lambda job: job.started)[:_SHOWN_JOBS]:
            rows.add_row("   ", *_cells(job, now))
        if len(jobs) > _SHOWN_JOBS:
            rows.add_row("   ", Text(f"and {len(jobs) - _SHOWN_JOBS} more", "dim"))
        self._spinner.update(text=self._counts(len(jobs), now))
        return Group(self._spinner, rows)

    def _counts(self, running: int, now: float) -> Text:
        board = self._platform.board
        counts = [("backlog", self._platform.lag, ""), ("running", running, "cyan")]
        counts += [("succeeded", board.succeeded, "green"), ("failed", board.failed, "red")]
        text = Text()
        for name, count, style in counts:
            text.append(f"{name} ", "dim").append(f"{count:<4}", style if count else "dim")
        total = f"of {plural(len(board.sources), 'message')}, " if board.sources else ""
        return text.append(f"{total}{seconds((now - self._started) * 1000)}", "dim")


def _cells(job: Job, now: float) -> tuple[Text, ...]:
    attempt = f"attempt {job.failures + 1}" if job.failures else ""
    return (
        Text(job.name, "dim"),
        Text(job.phase, "cyan" if job.ever_claimed else "dim"),
        Text(attempt, "yellow"),
        Text(seconds((now - job.started) * 1000), "dim"),
    )

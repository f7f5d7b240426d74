"""A load that was there: arrivals, waits and times of work, from a topic's outcomes."""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mcp_jobs.core.tuning.load import Message
from mcp_jobs.core.tuning.spread import Empirical


@dataclass(frozen=True, slots=True)
class Recording:
    """The messages, by arrival from 0 on, and the waits (seconds, ascending) of those that ran once.

    What ran more than once has no known first start: only its last attempt is in its outcome. `makespan`:
    from the first arrival to the end of the last work.
    """

    messages: tuple[Message, ...]
    waits: tuple[float, ...]
    makespan: float = 0.0

    @property
    def work(self) -> Empirical:
        """The times of work, as they were."""
        return Empirical(tuple(message.work for message in self.messages))

    @property
    def span(self) -> float:
        """Seconds between the first arrival and the last."""
        return self.messages[-1].arrival if self.messages else 0.0


def recording(outcomes: Iterable[Mapping[str, Any]], last: int = sys.maxsize) -> Recording:
    """Read outcomes, in any order, and keep the `last` messages of them.

    Those without times are left out, as of a message that had expired.
    """
    read = sorted(found for outcome in outcomes if (found := _times(outcome)))[-last:]
    if not read:
        return Recording((), ())
    first = read[0][0]
    return Recording(
        tuple(Message(arrival - first, work) for arrival, _, work, _ in read),
        tuple(sorted(max(0.0, started - arrival) for arrival, started, _, attempt in read if attempt == 1)),
        max(started + work for _, started, work, _ in read) - first,
    )


def _times(outcome: Mapping[str, Any]) -> tuple[float, float, float, int] | None:
    """Arrival and start (seconds since the epoch), seconds of work, attempt."""
    try:
        produced, started = (datetime.fromisoformat(outcome[name]) for name in ("producedAt", "startedAt"))
        work = max(0.0, float(outcome["durationMs"]) / 1000)
        return produced.timestamp(), started.timestamp(), work, int(outcome["attempt"])
    except (KeyError, TypeError, ValueError):
        return None

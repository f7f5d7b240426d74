"""What became of messages lately: outcomes by the minute, and the last failures. Of a bounded size."""

import threading
import time
from bisect import insort
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

#: minutes that are shown, and failures that are kept
MINUTES = 120
FAILURES = 50
#: characters of a name, and of a reason
_NAME, _REASON = 200, 600

Outcome = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """A message that failed for good. `time` is milliseconds since the epoch."""

    time: int
    workload: str
    job_id: str
    tenant: str
    kind: str
    reason: str
    attempt: int
    job: str


class History:
    """Threads may add and ask at the same time. `clock`: seconds since the epoch."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._minutes: dict[int, Counter[str]] = {}
        self._failures: list[Failure] = []
        self._since = clock()
        self.problem = ""  #: why nothing new comes, as a sentence

    def begin(self, since: float = 0.0) -> None:
        """Forget everything. From `since` on (seconds since the epoch), every outcome will be added."""
        with self._lock:
            self._minutes, self._failures, self._since = {}, [], since

    def counts_since(self, since: float) -> None:
        """Say that outcomes from before are missing."""
        with self._lock:
            self._since = max(self._since, since)

    def add(self, workload: str, outcome: Outcome) -> None:
        """Take note of an outcome; one that is not of our shape is left out."""
        try:
            at = datetime.fromisoformat(outcome["finishedAt"]).timestamp()
            status = str(outcome["status"])
            failure = _failure(workload, outcome, at) if status == "failed" else None
        except (KeyError, TypeError, ValueError, AttributeError):
            return
        with self._lock:
            oldest = self._forget()
            minute = int(min(at, self._clock()) // 60)
            if minute >= oldest:
                kind = status if status in ("succeeded", "failed") else "other"
                self._minutes.setdefault(minute, Counter())[kind] += 1
            if failure:
                insort(self._failures, failure, key=lambda each: each.time)
                del self._failures[:-FAILURES]

    def outcomes(self) -> dict[str, Any]:
        """The numbers of each minute up to now, the oldest first."""
        with self._lock:
            first = self._forget()
            counts = [self._minutes.get(first + n, Counter[str]()) for n in range(MINUTES)]
        return {
            "firstMinute": first,
            "since": int(self._since * 1000),
            **{kind: [count[kind] for count in counts] for kind in ("succeeded", "failed", "other")},
        }

    def failures(self) -> list[Failure]:
        """The last failures, the newest first."""
        with self._lock:
            return self._failures[::-1]

    def _forget(self) -> int:
        """Drop what is too old; the first minute that is kept."""
        first = int(self._clock() // 60) - MINUTES + 1
        for minute in [minute for minute in self._minutes if minute < first]:
            del self._minutes[minute]
        return first


def _failure(workload: str, outcome: Outcome, at: float) -> Failure:
    error, job = outcome.get("error") or {}, outcome.get("job") or {}
    return Failure(
        time=int(at * 1000),
        workload=workload,
        job_id=_cut(outcome["jobId"], _NAME),
        tenant=_cut(outcome.get("tenant") or "", _NAME),
        kind=_cut(error.get("class", ""), _NAME),
        reason=_cut(error.get("message", ""), _REASON),
        attempt=int(outcome.get("attempt") or 1),
        job=_cut(job.get("name") or "", _NAME),
    )


def _cut(text: object, most: int) -> str:
    whole = str(text)
    return whole if len(whole) <= most else f"{whole[: most - 1]}…"

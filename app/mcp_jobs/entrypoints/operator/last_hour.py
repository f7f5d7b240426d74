"""What a topic of outcomes says about the last hour, read on at each look."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from mcp_jobs.adapters.kafka.outcomes import Tail, read_outcome

HOUR = timedelta(hours=1)
#: a Job ends a moment after its last outcome, and by another clock
_KEPT = 2 * HOUR


class _Seen(NamedTuple):
    at: datetime
    status: str
    job_uid: str


class Outcomes:
    """The outcomes of late."""

    def __init__(self, tail: Tail) -> None:
        self._tail = tail
        self._seen: list[_Seen] = []

    def look(self) -> None:
        """Take note of what is new. Raises ProtocolError."""
        since = datetime.now(UTC) - _KEPT
        for outcome in filter(None, map(read_outcome, self._tail.poll())):
            at = datetime.fromisoformat(outcome["finishedAt"])
            if at > since:
                job = outcome.get("job") or {}
                self._seen.append(_Seen(at, str(outcome["status"]), str(job.get("uid", ""))))
        self._seen = [each for each in self._seen if each.at > since]

    def counts(self) -> dict[str, int]:
        """How many of each status in the last hour."""
        since = datetime.now(UTC) - HOUR
        return dict(Counter(each.status for each in self._seen if each.at > since))

    def has(self, job_uid: str) -> bool:
        """Whether an outcome is by this Job."""
        return any(each.job_uid == job_uid for each in self._seen)

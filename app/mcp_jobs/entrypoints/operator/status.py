"""`mcp-jobs status`: one workload at a glance."""

import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from mcp_jobs.adapters.kafka.outcomes import Tail, read_outcome
from mcp_jobs.core.death import JobView
from mcp_jobs.core.log import Reading
from mcp_jobs.core.reconcile import JobState
from mcp_jobs.core.requests import Fetch
from mcp_jobs.entrypoints.operator.claims import jobs_of
from mcp_jobs.entrypoints.operator.desk import Desk
from mcp_jobs.local.view import plain, seconds
from mcp_jobs.reconciler.look import Snapshot

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Status:
    """The numbers. `lag` is by partition, ages are seconds; no Jobs: Kubernetes was not reached."""

    topic: str
    group: str
    lag: dict[int, int]
    oldest_unclaimed: float
    claimed: int
    active_jobs: int | None
    surplus: int | None
    outcomes_last_hour: dict[str, int] = field(default_factory=dict)
    problem: str = ""

    def to_json(self) -> dict[str, object]:
        """As a JSON object."""
        return {
            "topic": self.topic,
            "group": self.group,
            "lag": self.lag,
            "oldestUnclaimedSeconds": round(self.oldest_unclaimed, 3),
            "claimed": self.claimed,
            "activeJobs": self.active_jobs,
            "surplusJobs": self.surplus,
            "outcomesLastHour": self.outcomes_last_hour,
            "problem": self.problem,
        }

    def __rich__(self) -> RenderableType:
        rows = Table.grid(padding=(0, 2))
        unclaimed = sum(self.lag.values())
        by_partition = ", ".join(f"{p}: {lag}" for p, lag in sorted(self.lag.items()) if lag)
        oldest = f"the oldest for {seconds(self.oldest_unclaimed * 1000)}" if unclaimed else ""
        rows.add_row(
            "unclaimed", str(unclaimed), oldest, f"by partition {by_partition}" if by_partition else ""
        )
        rows.add_row("claimed", str(self.claimed), "messages that Jobs hold", "")
        if self.active_jobs is not None:
            surplus = (
                f"{self.surplus} of them found nothing to claim, or have not yet" if self.surplus else ""
            )
            rows.add_row("Jobs", str(self.active_jobs), "active", surplus)
        total = sum(self.outcomes_last_hour.values())
        kinds = ", ".join(f"{count} {name}" for name, count in sorted(self.outcomes_last_hour.items()))
        rows.add_row("outcomes", str(total), "in the last hour", kinds)
        head = Text(f"{plain(self.topic)}  (group {plain(self.group)})", "bold")
        return Group(head, rows, Text(plain(self.problem), "yellow")) if self.problem else Group(head, rows)


class Outcomes:
    """The outcomes of the last hour, read on at each look."""

    def __init__(self, tail: Tail) -> None:
        self._tail = tail
        self._seen: list[tuple[datetime, str]] = []

    def last_hour(self) -> dict[str, int]:
        """How many of each status."""
        since = datetime.now(UTC) - _HOUR
        for record in self._tail.poll():
            outcome = read_outcome(record)
            if outcome and (at := datetime.fromisoformat(outcome["finishedAt"])) > since:
                self._seen.append((at, str(outcome["status"])))
        self._seen = [each for each in self._seen if each[0] > since]
        return dict(Counter(status for _, status in self._seen))


def look(desk: Desk, outcomes: Outcomes) -> Status:
    """The numbers as they are now. Raises ProtocolError."""
    seen = desk.look()
    frontiers = {partition: committed.offset for partition, committed in seen.frontiers.committed}
    lag = {p: max(0, end - frontiers.get(p, start)) for p, start, end in seen.ends.ends}
    held = [entry for p, _, _ in seen.ends.ends for _, entry in seen.entries(p) if not entry.done]
    jobs, problem = jobs_of(desk)
    active = [job for job in (jobs or {}).values() if job.state is JobState.ACTIVE]
    return Status(
        topic=desk.topics.messages,
        group=desk.group,
        lag=lag,
        oldest_unclaimed=max((_age(desk, seen, p, frontiers) for p, n in lag.items() if n), default=0.0),
        claimed=sum(len(entry.open_offsets) for entry in held),
        active_jobs=None if jobs is None else len(active),
        surplus=None if jobs is None else _surplus(seen, active),
        outcomes_last_hour=outcomes.last_hour(),
        problem=_missing(seen, frontiers) or (problem and f"Jobs are not counted: {problem}"),
    )


def _surplus(seen: Snapshot, active: list[JobView]) -> int:
    return sum(job.uid not in seen.claims for job in active)


def _age(desk: Desk, seen: Snapshot, partition: int, frontiers: dict[int, int]) -> float:
    """Seconds since the first unclaimed message of the partition was sent."""
    start = next(start for p, start, _ in seen.ends.ends if p == partition)
    first = max(frontiers.get(partition, start), start)
    match desk.kafka.messages.execute(Fetch(partition, first, 1)):
        case Reading(records=(record, *_)):
            return max(0.0, time.time() - record.timestamp / 1000)
    return 0.0


def _missing(seen: Snapshot, frontiers: dict[int, int]) -> str:
    unknown = [p for p, _, _ in seen.ends.ends if p not in frontiers]
    if not unknown:
        return ""
    return f"partitions {unknown} have no committed offset, so nothing is claimed there: run `mcp-jobs init`"

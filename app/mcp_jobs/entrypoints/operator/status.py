"""`mcp-jobs status`: one workload in numbers."""

import time
from dataclasses import dataclass, field
from typing import Any

from mcp_jobs.core.log import Reading
from mcp_jobs.core.requests import Fetch
from mcp_jobs.entrypoints.operator.desk import Desk
from mcp_jobs.entrypoints.operator.job_counts import JobCounts, count_jobs
from mcp_jobs.entrypoints.operator.last_hour import Outcomes
from mcp_jobs.reconciler.look import Snapshot


@dataclass(frozen=True, kw_only=True, slots=True)
class Status:
    """The numbers. `lag` is by partition, ages are seconds; None is what Kubernetes did not tell.

    `starting`: active Jobs without a claim; `surplus`: Jobs of the last hour that found nothing to claim.
    """

    topic: str
    group: str
    lag: dict[int, int]
    oldest_unclaimed: float
    claimed: int
    jobs: JobCounts
    starting: int | None
    surplus: int | None
    outcomes: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def active(self) -> int | None:
        """Unfinished Jobs."""
        return None if self.jobs.active is None else len(self.jobs.active)

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        caps = self.jobs.caps
        return {
            "topic": self.topic,
            "group": self.group,
            "lag": self.lag,
            "oldestUnclaimedSeconds": round(self.oldest_unclaimed, 3),
            "claimed": self.claimed,
            "activeJobs": self.active,
            "startingJobs": self.starting,
            "maxReplicaCount": self.jobs.limit,
            "surplusJobsLastHour": self.surplus,
            "caps": None if caps is None else [usage.to_json() for usage in caps],
            "capsEnforced": None if caps is None else not self.jobs.audits,
            "outcomesLastHour": self.outcomes,
            "problem": "; ".join(self.problems),
        }


def look(desk: Desk, outcomes: Outcomes) -> Status:
    """The numbers as they are now. Raises ProtocolError."""
    seen = desk.look()
    frontiers = {partition: committed.offset for partition, committed in seen.frontiers.committed}
    lag = {p: max(0, end - frontiers.get(p, start)) for p, start, end in seen.ends.ends}
    held = [entry for p, _, _ in seen.ends.ends for _, entry in seen.entries(p) if not entry.done]
    jobs = count_jobs(desk)
    outcomes.look()  # after the Jobs: whichever has ended by then has its outcomes there
    return Status(
        topic=desk.topics.messages,
        group=desk.group,
        lag=lag,
        oldest_unclaimed=max((_age(desk, seen, p, frontiers) for p, n in lag.items() if n), default=0.0),
        claimed=sum(len(entry.open_offsets) for entry in held),
        jobs=jobs,
        starting=None if jobs.active is None else sum(job.uid not in seen.claims for job in jobs.active),
        surplus=None if jobs.active is None else _surplus(seen, jobs, outcomes),
        outcomes=outcomes.counts(),
        problems=[*_missing(seen, frontiers), *jobs.problems],
    )


def _surplus(seen: Snapshot, jobs: JobCounts, outcomes: Outcomes) -> int:
    """The helper deletes claims some time after they were settled; the outcomes stay."""
    return sum(job.uid not in seen.claims and not outcomes.has(job.uid) for job in jobs.complete)


def _age(desk: Desk, seen: Snapshot, partition: int, frontiers: dict[int, int]) -> float:
    """Seconds since the first unclaimed message of the partition was sent."""
    start = next(start for p, start, _ in seen.ends.ends if p == partition)
    first = max(frontiers.get(partition, start), start)
    match desk.kafka.messages.execute(Fetch(partition, first, 1)):
        case Reading(records=(record, *_)):
            return max(0.0, time.time() - record.timestamp / 1000)
    return 0.0


def _missing(seen: Snapshot, frontiers: dict[int, int]) -> list[str]:
    unknown = [p for p, _, _ in seen.ends.ends if p not in frontiers]
    if not unknown:
        return []
    return [
        f"partitions {unknown} have no committed offset, so nothing is claimed there: run `mcp-jobs init`"
    ]

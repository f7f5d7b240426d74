"""What the page shows, as JSON. Times are milliseconds since the epoch, ages seconds; None is unknown."""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from mcp_jobs.page.history import Failure, History


@dataclass(frozen=True, kw_only=True, slots=True)
class Workload:
    """One topic: messages by partition that nobody claimed, messages in Jobs' hands, active Jobs."""

    name: str
    lag: dict[str, int] | None = None
    oldest: float | None = None
    claimed: int | None = None
    orphans: int | None = None
    running: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Usage:
    """A cap on active Jobs, and how many there are. `name` is a phrase."""

    name: str
    used: int | None
    cap: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """All of it. `where` is a phrase; `problems` are sentences about what is not shown, or not up to date."""

    where: str
    problems: Sequence[str]
    workloads: Sequence[Workload]
    caps: Sequence[Usage]
    history: History

    def to_json(self) -> bytes:
        """As the page gets it."""
        problems = [*self.problems, self.history.problem]
        picture = {
            "where": self.where,
            "at": int(time.time() * 1000),
            "problems": [problem for problem in problems if problem],
            "workloads": [asdict(workload) for workload in self.workloads],
            "caps": [asdict(usage) for usage in self.caps],
            "outcomes": self.history.outcomes(),
            "failures": [_failure(failure) for failure in self.history.failures()],
        }
        return json.dumps(picture, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


def _failure(failure: Failure) -> dict[str, Any]:
    return {
        "time": failure.time,
        "workload": failure.workload,
        "jobId": failure.job_id,
        "tenant": failure.tenant,
        "class": failure.kind,
        "reason": failure.reason,
        "attempt": failure.attempt,
        "job": failure.job,
    }

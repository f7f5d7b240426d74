"""What a Job counts for, and what has no room for it."""

from dataclasses import dataclass
from typing import NamedTuple

from mcp_jobs.core.job_object import JobObject
from mcp_jobs.core.policy import ScopeKind
from mcp_jobs.core.verdict import Reason

_REASONS: dict[ScopeKind, Reason] = {
    "global": Reason.CAP_GLOBAL,
    "tenant": Reason.CAP_TENANT,
    "workload": Reason.CAP_WORKLOAD,
}


class Owner(NamedTuple):
    """Whose Job it is."""

    workload: str
    tenant: str

    @property
    def scopes(self) -> tuple[tuple[ScopeKind, str], ...]:
        """What the Job counts for."""
        return ("global", ""), ("tenant", self.tenant), ("workload", self.workload)


def owner_of(job: JobObject) -> Owner:
    """Whose Job it is, by its labels."""
    return Owner(job.workload, job.tenant)


@dataclass(frozen=True, slots=True)
class Full:
    """A scope without room."""

    kind: ScopeKind
    name: str
    used: int
    cap: int

    @property
    def reason(self) -> Reason:
        """The reason for a metric."""
        return _REASONS[self.kind]

    def __str__(self) -> str:
        who = "the release" if self.kind == "global" else f"{self.kind} {self.name}"
        return (
            f"{who} has {self.used} of {self.cap} active Jobs; "
            "the message stays in Kafka and the next poll tries again"
        )

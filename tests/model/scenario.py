"""The bounds of one exploration."""

from dataclasses import dataclass, field
from enum import StrEnum

from mcp_jobs.core.claimant import Claimant
from mcp_jobs.core.frontier import FirstFrontier
from mcp_jobs.core.keepalive import Rewrite
from mcp_jobs.core.reconcile import JobState
from model.broker import GROUP, Broker, job_uid


class Deletes(StrEnum):
    """Who deletes a claim group (rule R4)."""

    NOBODY = "nobody"
    RECONCILER = "reconciler"  #: when every transaction begun before it saw the group settled is over
    HASTY_RECONCILER = "hasty reconciler"  #: as soon as it sees the group settled
    RUNNER = "runner"  #: after its settlement


@dataclass(frozen=True, slots=True)
class Scenario:
    """Who takes part, and how often what may go wrong.

    `pods` of each Job: the first runs, each later one may replace it while the older ones live on.
    """

    logs: tuple[str, ...] = ("m", "m")  #: records by partition, see model.broker
    pods: tuple[int, ...] = (1,)
    frontiers: tuple[int | None, ...] = ()  #: 0 where none is named
    batch: int = 1
    slots: int = 1  #: settle slots; one, so that the Jobs meet in it
    patience: int = 0  #: waits before a fence; none is the worst case
    crashes: int = 0  #: of pods and of the reconciler
    faults: int = 0  #: lost answers and refused writes
    deadlines: int = 0  #: Jobs that fail while their pods live on
    others: tuple[FirstFrontier | Rewrite, ...] = ()  #: what else is written meanwhile, each once
    requeues: bool = False  #: the reconciler may put a copy of the message back into the topic
    cancels: bool = False  #: somebody may settle the claims of live Jobs
    deletes: Deletes = Deletes.NOBODY
    looks_once: bool = False  #: the reconciler looks at a Job once, when it is over (breaks R5)
    hasty_timeouts: bool = False  #: the broker's transaction timeout may hit a live producer, too
    merge: bool = True  #: see model.merge
    limit: int = 3_000_000  #: states

    @property
    def jobs(self) -> tuple[int, ...]:
        """The Job of each pod."""
        return tuple(job for job, count in enumerate(self.pods) for _ in range(count))

    def broker(self) -> Broker:
        """The broker at the beginning."""
        return Broker.of(self.logs, self.frontiers or (0,) * len(self.logs))

    def claimant(self, pod: int) -> Claimant:
        """Who claims in a pod."""
        return Claimant(
            group=GROUP,
            job_uid=job_uid(self.jobs[pod]),
            holder=f"pod {pod}",
            batch_size=self.batch,
            slots=self.slots,
            patience=self.patience,
        )


@dataclass(frozen=True, slots=True)
class Budget:
    """What may still go wrong, apart from `faults`."""

    crashes: int = 0
    deadlines: int = 0


#: what it came to: the broker and the Jobs when nothing can happen any more
Rest = tuple[Broker, tuple[JobState, ...]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an exploration found. `trace` are the steps to the violation, as sentences."""

    states: int
    edges: int
    rests: frozenset[Rest] = field(repr=False)
    seconds: float
    exhaustive: bool
    violation: str = ""
    trace: tuple[str, ...] = field(default=(), repr=False)

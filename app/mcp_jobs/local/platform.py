"""What KEDA and Kubernetes do for a workload, on one machine: lag becomes Jobs, failed Jobs are settled."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from mcp_jobs.adapters.kafka.connection import Connection
from mcp_jobs.adapters.kafka.outcomes import Tail, read_outcome
from mcp_jobs.adapters.kafka.session import Session
from mcp_jobs.core import dead_letter
from mcp_jobs.core.entry import Scope
from mcp_jobs.core.errors import LocalPlatformError, ProtocolError
from mcp_jobs.core.exits import Exit
from mcp_jobs.core.keda import Scaling, total_lag
from mcp_jobs.core.names import Topics
from mcp_jobs.core.reconcile import JobState
from mcp_jobs.core.requests import Ends, Offsets, ReadEnds, ReadOffsets, Rejected
from mcp_jobs.local.board import Board, Outcome
from mcp_jobs.local.job import Job, JobTemplate, Phase
from mcp_jobs.local.reconciler import Reconciler
from mcp_jobs.local.runners import Runners, words_of
from mcp_jobs.local.scaledjob import ScaledJob
from mcp_jobs.reconciler.settler import Tracing

#: seconds between two looks at processes and topics
_TURN_SECONDS = 0.1
#: seconds that Kafka may leave every question unanswered
_SILENCE_SECONDS = 60.0
#: seconds for the claims of a platform that ends early
_ABANDON_SECONDS = 5.0
#: Jobs in a row that fail without a message until the platform gives up
_BARREN_JOBS = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Workload:
    """One topic and how it is worked on; `polling_interval` is seconds, `scope` marks the claims as ours.

    `tracing` is for what failed Jobs leave; runners have their own.
    """

    topics: Topics
    group: str
    scope: Scope
    scaling: Scaling = field(default_factory=Scaling)
    template: JobTemplate = field(default_factory=JobTemplate)
    polling_interval: float = 0.5
    tracing: Tracing | None = None


class Platform:
    """Runs one workload, turn by turn. Its topics and frontiers exist when it starts.

    `lag` is as it was read last; while `draining`, no Job is created.
    """

    def __init__(self, connection: Connection, workload: Workload, runners: Runners) -> None:
        self._workload = workload
        self.runners = runners
        self._session = Session(connection, workload.topics.messages)
        self._reconciler = self._reconcile_with(connection)
        self._outcomes = Tail(connection, workload.topics.outcomes)
        self._dead_letters = Tail(connection, workload.topics.dead_letters)
        self.scaledjob = ScaledJob(workload.scaling, workload.template, runners.launch)
        self.board = Board()
        self.lag = 0
        self.draining = False
        self._failed: list[Job] = []
        self._barren = 0
        self._next_poll = self._heard = time.monotonic()

    @property
    def busy(self) -> bool:
        """Whether a Job is unfinished, or failed and not settled."""
        return bool(self.scaledjob.jobs or self._failed)

    @property
    def empty_jobs(self) -> int:
        """How many Jobs are over and have settled no message."""
        running = {job.uid for job in self.scaledjob.jobs}
        return len(self.scaledjob.created - running - self.board.workers)

    def run(self, until: Callable[[], bool], on_outcome: Callable[[Outcome], None]) -> None:
        """Turn until `until` says so. `on_outcome` gets every new outcome as it comes."""
        while not until():
            for outcome in self.turn():
                on_outcome(outcome)
            time.sleep(_TURN_SECONDS)

    def turn(self) -> Iterator[Outcome]:
        """See to the Jobs, poll the lag when it is time to, and yield the outcomes that are new."""
        now = time.monotonic()
        self._failed += [job for job in self.scaledjob.watch(now) if job.phase is Phase.FAILED]
        if now >= self._next_poll:
            self._failed = [job for job in self._failed if not self._settled(job)]
            if not self.draining:
                self.scaledjob.poll(self.read_lag, now)
            self._next_poll = max(now, self._next_poll + self._workload.polling_interval)
        yield from self._news()

    def read_lag(self) -> int | None:
        """The workload's lag; None where Kafka does not say now. Raises ProtocolError where it never will.

        Unlike KEDA, which reads to the high watermark, it leaves out what is still in a transaction: a runner
        could not claim it.
        """
        offsets = self._session.execute(ReadOffsets(self._workload.group, stable=False))
        ends = self._session.execute(ReadEnds())
        for answer in (offsets, ends):
            if isinstance(answer, Rejected):
                raise ProtocolError(answer.reason)
        if not (isinstance(offsets, Offsets) and isinstance(ends, Ends)):
            if time.monotonic() - self._heard > _SILENCE_SECONDS:
                raise LocalPlatformError(f"Kafka has not answered for {_SILENCE_SECONDS:g} s.")
            return None
        self._heard = time.monotonic()
        committed = {partition: value.offset for partition, value in offsets.committed}
        self.lag = total_lag(committed, {partition: end for partition, _, end in ends.ends})
        return self.lag

    def stop(self) -> None:
        """End every runner. Their claims stay."""
        self.runners.close()
        for job in self.scaledjob.jobs:
            job.close()

    def abandon(self, connection: Connection) -> None:
        """Settle what the ended runners had claimed: nobody else will, once this platform is gone.

        `connection` is a new one, since the platform's own may have been interrupted within a request.
        """
        reconciler = self._reconcile_with(connection)
        deadline = time.monotonic() + _ABANDON_SECONDS
        for job in self._failed + self.scaledjob.jobs:
            while reconciler.settle(job, JobState.GONE) is None and time.monotonic() < deadline:
                time.sleep(_TURN_SECONDS)

    def _reconcile_with(self, connection: Connection) -> Reconciler:
        return Reconciler(
            Session(connection, self._workload.topics.messages),
            self._workload.topics,
            group=self._workload.group,
            scope=self._workload.scope,
            explain=lambda job: words_of(self.runners.log_of(job.name)),
            tracing=self._workload.tracing,
        )

    def _settled(self, job: Job) -> bool:
        count = self._reconciler.settle(job)
        if count is None:
            return False
        claimed = count or job.ever_claimed or job.last_exit == Exit.FAILED
        self._barren = 0 if claimed else self._barren + 1
        if self._barren >= _BARREN_JOBS:
            said = words_of(self.runners.log_of(job.name)) or job.reason
            failed = f"{self._barren} Jobs in a row failed before they claimed a message"
            raise LocalPlatformError(f"{failed}. The last one says: {said}")
        return True

    def _news(self) -> Iterator[Outcome]:
        # Dead letters first: they become visible with their outcome, and are shown with it.
        for record in self._dead_letters.poll():
            if dead := dead_letter.read(record):
                self.board.add_dead_letter(dead)
        for record in self._outcomes.poll():
            outcome = read_outcome(record)
            if outcome is not None and self.board.add_outcome(outcome):
                yield outcome

"""One course of events: messages arrive, KEDA polls, Jobs start, claim, work and end."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from random import Random

from mcp_jobs.core.tuning.backlog import Backlog
from mcp_jobs.core.tuning.clock import Clock
from mcp_jobs.core.tuning.jobs import Jobs
from mcp_jobs.core.tuning.load import Message
from mcp_jobs.core.tuning.nodes import Nodes
from mcp_jobs.core.tuning.scaler import Scaler
from mcp_jobs.core.tuning.settings import Cluster, Settings


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """What one course came to. Times are seconds.

    `waits`: from each message's arrival to the start of its work, ascending. `makespan`: from the first
    arrival to the end of the last message's work. `surplus`: Jobs that found no message. `denied` and `cut`:
    creates that the policy, or KEDA's deadline for a batch, put off. `stranded`: messages that never start.
    """

    waits: tuple[float, ...]
    makespan: float
    jobs: int
    peak_jobs: int
    pod_seconds: float
    surplus: int
    polls: int
    denied: int
    cut: int
    stranded: int


def simulate(settings: Settings, cluster: Cluster, messages: Sequence[Message], seed: int) -> Run:
    """Let the messages come, and go on until none is left and every Job is over."""
    # Numbers of its own: a load made with the same seed must not go in step with the cluster.
    simulation = _Simulation(settings, cluster, Random(f"simulation {seed}"))
    simulation.expect(messages)
    return simulation.result()


class _Simulation:
    """A workload: runners that claim and work. Times are seconds."""

    def __init__(self, settings: Settings, cluster: Cluster, rng: Random) -> None:
        self._settings = settings
        self._cluster = cluster
        self._rng = rng
        self._clock = Clock()
        self._jobs = Jobs()
        self._nodes = Nodes(self._clock, cluster, rng, self._claim)
        self._scaler = Scaler(self._clock, settings, cluster, self._jobs, self)
        self._backlog = Backlog(cluster.partitions)
        self._idle: dict[int, None] = {}
        self._coming: list[float] = []
        self._first = self._end = 0.0
        self._waits: list[float] = []

    @property
    def lag(self) -> int:
        """Messages that nobody has claimed."""
        return self._backlog.lag

    @property
    def upcoming(self) -> float:
        """When the next message comes, infinite where none will."""
        return self._coming[-1] if self._coming else math.inf

    def expect(self, messages: Sequence[Message]) -> None:
        """Let messages come, and KEDA poll. Load and poll know nothing of each other: the first poll is at
        any time within an interval."""
        self._coming = sorted((message.arrival for message in messages), reverse=True)
        self._first = min((message.arrival for message in messages), default=0.0)
        for message in messages:
            self._clock.at(message.arrival, partial(self._arrive, message))
        self._clock.at(self._first + self._rng.uniform(0, self._settings.polling_interval), self._scaler.poll)

    def result(self) -> Run:
        """Let everything happen."""
        self._clock.run()
        return Run(
            waits=tuple(sorted(self._waits)),
            makespan=max(0.0, self._end - self._first),
            jobs=self._jobs.created,
            peak_jobs=self._jobs.peak,
            pod_seconds=self._nodes.pod_seconds,
            surplus=self._jobs.surplus,
            polls=self._scaler.polls,
            denied=self._scaler.denied,
            cut=self._scaler.cut,
            stranded=self._backlog.lag,
        )

    def launch(self, job: int) -> None:
        """Run a Job that KEDA has created."""
        self._nodes.run(job)

    def _arrive(self, message: Message) -> None:
        self._coming.pop()
        self._backlog.add(message)
        if self._idle:
            job = next(iter(self._idle))
            del self._idle[job]
            self._claim(job)

    def _claim(self, job: int) -> None:
        """A runner is up: it claims, or looks for a message for a while."""
        claimed = self._backlog.claim(self._settings.batch_size, self._rng)
        if claimed:
            self._work(job, claimed)
        else:
            self._idle[job] = None
            self._clock.after(self._settings.claim_wait, lambda: self._give_up(job))

    def _give_up(self, job: int) -> None:
        if job in self._idle:
            del self._idle[job]
            self._jobs.surplus += 1
            self._leave(job)

    def _work(self, job: int, messages: Sequence[Message]) -> None:
        """One message of the claim after the other."""
        began = self._clock.now
        start = began
        for message in messages:
            self._waits.append(start - message.arrival)
            start += message.work
        self._end = max(self._end, start)
        shown = began + self._rng.uniform(*self._cluster.ready)
        hidden = start + min(self._rng.uniform(*self._cluster.unready), self._cluster.teardown)
        if shown < hidden:
            self._clock.at(shown, self._jobs.ready)
            self._clock.at(hidden, self._jobs.unready)
        self._clock.at(start, lambda: self._leave(job))

    def _leave(self, job: int) -> None:
        self._nodes.end(job)
        self._clock.after(self._cluster.teardown, self._jobs.complete)

"""The nodes: pods wait for room, start at the processors' pace, and leave."""

import math
from collections import deque
from collections.abc import Callable
from random import Random

from mcp_jobs.core.tuning.clock import Clock
from mcp_jobs.core.tuning.settings import Cluster
from mcp_jobs.core.tuning.starts import Starts


class Nodes:
    """`started` is called with each Job whose pod is up. `pod_seconds`: from pods' room to their end."""

    def __init__(self, clock: Clock, cluster: Cluster, rng: Random, started: Callable[[int], None]) -> None:
        self._clock = clock
        self._cluster = cluster
        self._rng = rng
        self._started = started
        self._starts = Starts(max(1.0, cluster.start_rate * cluster.startup.mean))
        self._next = math.inf
        self._waiting: deque[int] = deque()
        self._since: dict[int, float] = {}
        self.pod_seconds = 0.0

    def run(self, job: int) -> None:
        """Run the Job's pod as soon as there is room for it."""
        self._waiting.append(job)
        self._place()

    def end(self, job: int) -> None:
        """The Job's pod is over and makes room."""
        self.pod_seconds += self._clock.now - self._since.pop(job)
        self._place()

    def _place(self) -> None:
        room = self._cluster.room
        while self._waiting and (room is None or len(self._since) < room):
            job = self._waiting.popleft()
            self._since[job] = self._clock.now
            self._starts.add(self._clock.now, job, self._cluster.startup.draw(self._rng))
            self._expect()

    def _expect(self) -> None:
        expected = self._next = self._starts.next()
        if expected < math.inf:
            self._clock.at(expected, lambda: self._up(expected))

    def _up(self, expected: float) -> None:
        if expected == self._next:  # else another start has begun or ended since, and this one takes longer
            job = self._starts.pop(self._clock.now)
            self._expect()
            self._started(job)

"""KEDA's loop for one ScaledJob: poll, count, create.

From KEDA's source: pkg/scaling/scale_handler.go (the loop) and executor/scale_jobs.go (creation).
"""

import math
from dataclasses import dataclass
from typing import Protocol

from mcp_jobs.core.keda import jobs_to_create
from mcp_jobs.core.tuning.clock import Clock
from mcp_jobs.core.tuning.jobs import Jobs
from mcp_jobs.core.tuning.settings import Cluster, Settings
from mcp_jobs.core.tuning.throttle import Throttle


class Workload(Protocol):
    """What KEDA scales."""

    @property
    def lag(self) -> int:
        """Messages that nobody has claimed."""

    @property
    def upcoming(self) -> float:
        """When the next message comes, infinite where none will."""

    def launch(self, job: int) -> None:
        """Run a Job that was created."""


@dataclass(slots=True)
class _Batch:
    """What one poll is to create until its deadline; `began` is when the poll did."""

    began: float
    missing: int
    deadline: float
    created: int = 0


class Scaler:
    """Polls until all messages are claimed, or those that are left would never start.

    `denied` creates are refused by the policy's cap, `cut` ones come too late for KEDA's deadline: both are
    asked for again by the next poll.
    """

    def __init__(
        self, clock: Clock, settings: Settings, cluster: Cluster, jobs: Jobs, workload: Workload
    ) -> None:
        self._clock = clock
        self._settings = settings
        self._cluster = cluster
        self._jobs = jobs
        self._workload = workload
        self._throttle = Throttle(cluster.create_rate, cluster.create_burst)
        self.polls = self.denied = self.cut = 0

    def poll(self) -> None:
        """One poll, and by and by the next ones."""
        self.polls += 1
        began, lag = self._clock.now, self._workload.lag
        # The Jobs are listed a moment later: a claim in between starts a surplus Job.
        self._clock.after(self._cluster.list_delay, lambda: self._scale(began, lag))

    def _scale(self, began: float, lag: int) -> None:
        missing = jobs_to_create(
            self._settings.scaling, lag=lag, running=self._jobs.unfinished, pending=self._jobs.pending
        )
        deadline = self._clock.now + self._settings.polling_interval + self._cluster.api_timeout
        self._next(_Batch(began, missing, deadline))

    def _next(self, batch: _Batch) -> None:
        """One create after the other, none whose turn would come after the deadline."""
        turn = self._throttle.next(self._clock.now)
        if batch.missing and turn <= batch.deadline:
            self._throttle.take()
            self._clock.at(turn + self._cluster.create_seconds, lambda: self._create(batch))
        else:
            self.cut += batch.missing
            self._rest(batch)

    def _create(self, batch: _Batch) -> None:
        batch.missing -= 1
        if self._settings.cap is not None and self._jobs.unfinished >= self._settings.cap:
            self.denied += 1
        else:
            batch.created += 1
            self._workload.launch(self._jobs.create())
        self._next(batch)

    def _rest(self, batch: _Batch) -> None:
        """A poll that took longer than the interval is followed by the next one at once.

        Without lag, a poll does nothing: those until the next message are only counted.
        """
        interval, upcoming = self._settings.polling_interval, self._workload.upcoming
        idle = not self._workload.lag
        if upcoming == math.inf and (idle or not (self._jobs.unfinished or batch.created)):
            return
        intervals = max(1, math.ceil((upcoming - batch.began) / interval)) if idle else 1
        self.polls += intervals - 1
        self._clock.at(max(self._clock.now, batch.began + intervals * interval), self.poll)

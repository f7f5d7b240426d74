"""Sweeps over all workloads, again and again, for as long as this replica leads."""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import partial

from mcp_jobs.core.errors import McpJobsError
from mcp_jobs.reconciler import meters
from mcp_jobs.reconciler.deaths import Cluster
from mcp_jobs.reconciler.look import Snapshot
from mcp_jobs.reconciler.notices import Notices
from mcp_jobs.reconciler.ports import Jobs, Kafka, Metrics
from mcp_jobs.reconciler.sweep import Sweep
from mcp_jobs.reconciler.workload import Workload

#: how a workload is reached, for as long as a connection lasts
KafkaOf = Callable[[Workload], Kafka]

#: seconds between two sweeps, however often somebody wakes the reconciler
_LEAST_SECONDS = 1.0
#: seconds between two looks at whether to stop
_STEP_SECONDS = 0.5


class Reconciler:
    """All workloads. `workloads` says which there are now; `begin` makes the sweep of a new one."""

    def __init__(
        self,
        workloads: Callable[[], Sequence[Workload]],
        begin: Callable[[Workload], Sweep],
        jobs: Jobs,
        metrics: Metrics,
    ) -> None:
        self._workloads = workloads
        self._begin = begin
        self._jobs = jobs
        self._metrics = metrics
        self._notices = Notices()
        self._sweeps: dict[str, Sweep] = {}

    def run(
        self,
        connect: Callable[[], AbstractContextManager[KafkaOf]],
        seconds: float,
        *,
        stop: threading.Event,
        wake: threading.Event,
    ) -> None:
        """Sweep every `seconds`, sooner when woken, until told to stop; reconnect where Kafka failed."""
        try:
            while not stop.is_set():
                try:
                    with connect() as kafka_of:
                        self._notices.end("kafka")
                        while not stop.is_set() and self.sweep(kafka_of):
                            _wait(seconds, stop, wake)
                except McpJobsError as error:
                    self._notices.begin("kafka", f"nothing is reconciled now: {error}")
                _wait(seconds, stop, wake)
        finally:
            for gauge in meters.GAUGES:
                self._metrics.forget(gauge)

    def sweep(self, kafka_of: KafkaOf) -> bool:
        """One sweep over all workloads; whether Kafka answered everything."""
        self._refresh()
        seen = [found for sweep in self._sweeps.values() if (found := self._look(sweep, kafka_of))]
        counted = [self._tried(sweep, "count", partial(sweep.count, kafka)) for sweep, kafka, _ in seen]
        settled = self._settle(seen)
        return len(seen) == len(self._sweeps) and all(counted) and settled

    def _refresh(self) -> None:
        """Follow the list of workloads; while it can't be read, the last one is good."""
        try:
            workloads = self._workloads()
        except McpJobsError as error:
            self._notices.begin("workloads", str(error))
            return
        self._notices.end("workloads")
        known = self._sweeps
        self._sweeps = {
            w.name: known[w.name] if w.name in known and known[w.name].workload == w else self._begin(w)
            for w in workloads
        }
        if known.keys() - self._sweeps.keys():
            for gauge in meters.GAUGES:
                self._metrics.forget(gauge)

    def _look(self, sweep: Sweep, kafka_of: KafkaOf) -> tuple[Sweep, Kafka, Snapshot] | None:
        key = f"look/{sweep.workload.name}"
        try:
            kafka = kafka_of(sweep.workload)
            found = sweep, kafka, sweep.look(kafka)
        except McpJobsError as error:
            self._notices.begin(key, f"workload {sweep.workload.name}: {error}")
            return None
        self._notices.end(key)
        return found

    def _settle(self, seen: Sequence[tuple[Sweep, Kafka, Snapshot]]) -> bool:
        """Ask Kubernetes, after Kafka, and settle. Without an answer nothing is settled."""
        try:
            cluster = Cluster(self._jobs.known(), self._jobs.without_image())
        except McpJobsError as error:
            self._notices.begin("kubernetes", f"nothing is settled: {error}")
            return True
        self._notices.end("kubernetes")
        done = [
            self._tried(sweep, "settle", partial(sweep.settle, kafka, found, cluster))
            for sweep, kafka, found in seen
        ]
        return all(done)

    def _tried(self, sweep: Sweep, what: str, work: Callable[[], None]) -> bool:
        key = f"{what}/{sweep.workload.name}"
        try:
            work()
        except McpJobsError as error:
            self._notices.begin(key, f"workload {sweep.workload.name}: {error}")
            return False
        self._notices.end(key)
        return True


def _wait(seconds: float, stop: threading.Event, wake: threading.Event) -> None:
    """Wait until it is time, or somebody wakes us, but not too soon."""
    deadline = time.monotonic() + seconds
    stop.wait(min(_LEAST_SECONDS, seconds))
    while not stop.is_set() and (left := deadline - time.monotonic()) > 0:
        if wake.wait(min(left, _STEP_SECONDS)):
            break
    wake.clear()

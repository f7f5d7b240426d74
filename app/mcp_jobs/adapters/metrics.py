"""Every metric of the admission helper, by the name that Prometheus sees. Times are seconds."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.exposition import choose_encoder

from mcp_jobs.core.alarms import AlarmReason
from mcp_jobs.core.failure import FailureClass

REVIEWS = "mcp_jobs_admission_reviews_total"
REVIEW_SECONDS = "mcp_jobs_admission_review_seconds"
ACTIVE_JOBS = "mcp_jobs_active_jobs"
ACTIVE_JOBS_CAP = "mcp_jobs_active_jobs_cap"
LEADER = "mcp_jobs_leader"
POLICY_RELOAD_ERRORS = "mcp_jobs_policy_reload_errors_total"

#: name -> (help, labels)
COUNTERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "mcp_jobs_outcomes_total": ("Outcomes in the outcomes topic.", ("workload", "tenant", "status")),
    "mcp_jobs_retries_total": ("Attempts after the first.", ("workload",)),
    "mcp_jobs_dead_letters_total": ("Messages that failed for good.", ("workload", "class")),
    "mcp_jobs_surplus_runs_total": ("Jobs that found nothing to claim.", ("workload",)),
    "mcp_jobs_orphans_settled_total": ("Messages settled for Jobs that did not.", ("workload", "reason")),
    "mcp_jobs_frontier_alarms_total": ("Dangers to the claim frontier.", ("workload", "reason")),
    REVIEWS: ("Reviews by what became of them.", ("webhook", "verdict", "reason")),
    POLICY_RELOAD_ERRORS: ("Policies that could not be read; the last good one stays.", ()),
}
GAUGES: dict[str, tuple[str, tuple[str, ...]]] = {
    "mcp_jobs_lag": ("Messages that nobody claimed.", ("workload", "partition")),
    "mcp_jobs_oldest_unclaimed_age_seconds": ("Age of the oldest message nobody claimed.", ("workload",)),
    "mcp_jobs_claimed": ("Messages that are claimed and not settled.", ("workload",)),
    "mcp_jobs_last_look_timestamp_seconds": (
        "When the leader last saw what Kafka has, since the epoch.",
        ("workload",),
    ),
    "mcp_jobs_orphans": ("Messages whose Job is over, not settled yet.", ("workload",)),
    ACTIVE_JOBS: ("Jobs that are active.", ("workload", "tenant")),
    ACTIVE_JOBS_CAP: ("Active Jobs at most; no sample is no cap.", ("scope", "name")),
    LEADER: ("1 where this replica leads.", ()),
}
#: name -> (help, labels, buckets in seconds)
HISTOGRAMS: dict[str, tuple[str, tuple[str, ...], Sequence[float]]] = {
    "mcp_jobs_duration_seconds": (
        "How long the work on a message took.",
        ("workload", "status"),
        (0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600),
    ),
    REVIEW_SECONDS: (
        "How long a review took.",
        (),
        (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
    ),
}


# In OpenMetrics each counter would be told twice: with the time of its creation, which nobody asks for.
disable_created_metrics()


class Metrics:
    """One registry with all of them; a process has one, a test as many as it likes."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self._counters = {
            name: Counter(name, text, labels, registry=self.registry)
            for name, (text, labels) in COUNTERS.items()
        }
        self._gauges = {
            name: Gauge(name, text, labels, registry=self.registry) for name, (text, labels) in GAUGES.items()
        }
        self._histograms = {
            name: Histogram(name, text, labels, buckets=buckets, registry=self.registry)
            for name, (text, labels, buckets) in HISTOGRAMS.items()
        }

    def begin(self, workload: str, tenant: str) -> None:
        """Show a workload's counters before they count; outcomes of its tenant, or of none.

        Prometheus sees no increase in a series that begins with 1: the first dead letter would alert nobody.
        """
        for name in ("mcp_jobs_retries_total", "mcp_jobs_surplus_runs_total"):
            self.add(name, 0, workload=workload)
        for kind in FailureClass:
            if kind.fails:
                self.add("mcp_jobs_dead_letters_total", 0, **{"workload": workload, "class": kind})
        for status in ("succeeded", "failed"):
            self.add("mcp_jobs_outcomes_total", 0, workload=workload, tenant=tenant, status=status)
            self._histograms["mcp_jobs_duration_seconds"].labels(workload=workload, status=status)
        for reason in AlarmReason:
            self.add("mcp_jobs_frontier_alarms_total", 0, workload=workload, reason=reason)

    def add(self, name: str, amount: float = 1, /, **labels: str) -> None:
        """Raise a counter."""
        counter = self._counters[name]
        (counter.labels(**labels) if labels else counter).inc(amount)

    def set(self, name: str, value: float, /, **labels: str) -> None:
        """Set a gauge."""
        gauge = self._gauges[name]
        (gauge.labels(**labels) if labels else gauge).set(value)

    def observe(self, name: str, value: float, trace_id: str = "", /, **labels: str) -> None:
        """Add an observation to a histogram; the trace is its exemplar, if there is one."""
        histogram = self._histograms[name]
        exemplar = {"trace_id": trace_id} if trace_id else None
        (histogram.labels(**labels) if labels else histogram).observe(value, exemplar)

    def read(self, name: str) -> list[tuple[dict[str, str], float]]:
        """The samples of a gauge: labels and value."""
        [family] = self._gauges[name].collect()
        return [(sample.labels, sample.value) for sample in family.samples]

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Observe how long a block takes."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self.observe(name, time.perf_counter() - started)

    def forget(self, name: str) -> None:
        """Remove a gauge with all its labels: who does not lead does not know."""
        self._gauges[name].clear()

    def render(self, accept: str = "") -> tuple[bytes, str]:
        """All of them, and their content type: Prometheus' text, or OpenMetrics for who accepts it.

        Only OpenMetrics has exemplars.
        """
        encode, content_type = choose_encoder(accept)
        return encode(self.registry), content_type

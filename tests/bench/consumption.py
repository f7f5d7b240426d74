"""What the parts of a cluster and a release's admission helper take: CPU, memory, time for reviews."""

import os
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from cluster.cluster import Cluster
from e2e.namespace import Namespace
from mcp_jobs.adapters.metrics import LEADER, REVIEW_SECONDS

#: whose CPU a Job costs; the helper's pods come besides
PARTS = ("kube-apiserver", "etcd", "kube-controller-manager", "keda")
HELPER = "helper"
_TICKS = os.sysconf("SC_CLK_TCK")
_CPU, _MEMORY = "process_cpu_seconds_total", "process_resident_memory_bytes"


@dataclass(frozen=True, slots=True)
class Reading:
    """`cpu`: seconds since each began. `leader` and `standby`: resident bytes. `reviews`: by the histogram's
    upper bounds in seconds, of both replicas, those that one passed on to the other twice.
    """

    at: float
    cpu: Mapping[str, float]
    leader: float
    standby: float
    reviews: Mapping[float, float]


@dataclass(frozen=True, slots=True)
class Meter:
    """Reads them."""

    cluster: Cluster
    namespace: Namespace

    def read(self) -> Reading:
        """As it is now."""
        cpu = {name: _spent(self.cluster.part(name).pid or 0) for name in PARTS} | {HELPER: 0.0}
        memory = {True: 0.0, False: 0.0}
        reviews: dict[float, float] = defaultdict(float)
        for page in self._pages():
            samples = [s for family in text_string_to_metric_families(page) for s in family.samples]
            value = {s.name: s.value for s in samples if not s.labels}
            cpu[HELPER] += value[_CPU]
            leads = value[LEADER] == 1
            memory[leads] = max(memory[leads], value[_MEMORY])
            for sample in samples:
                if sample.name == f"{REVIEW_SECONDS}_bucket":
                    reviews[float(sample.labels["le"])] += sample.value
        return Reading(time.monotonic(), cpu, memory[True], memory[False], reviews)

    def _pages(self) -> list[str]:
        found = self.namespace.core.list_namespaced_pod(
            self.namespace.name, label_selector="app.kubernetes.io/component=admission"
        )
        ask = self.namespace.core.connect_get_namespaced_pod_proxy_with_path
        names = [f"{pod.metadata.name}:9090" for pod in found.items]
        return [ask(name, self.namespace.name, "metrics", _request_timeout=60) for name in names]


def rate(before: Reading, after: Reading) -> Mapping[str, float]:
    """CPU seconds a second."""
    return {name: (after.cpu[name] - spent) / (after.at - before.at) for name, spent in before.cpu.items()}


def reviews(before: Reading, after: Reading) -> dict[float, float]:
    """The reviews between two readings, cumulative, by upper bound."""
    return {bound: count - before.reviews.get(bound, 0.0) for bound, count in after.reviews.items()}


def quantile(buckets: Mapping[float, float], share: float) -> float:
    """As Prometheus' histogram_quantile has it: linear within a bucket."""
    wanted, below, lower = share * max(buckets.values(), default=0.0), 0.0, 0.0
    for bound, count in sorted(buckets.items()):
        if count >= wanted and count > below:
            if bound == float("inf"):
                return lower
            return lower + (bound - lower) * (wanted - below) / (count - below)
        below, lower = count, bound
    return lower


def _spent(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS

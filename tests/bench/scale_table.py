"""What bursts came to, as a table."""

import os
import shlex
from collections.abc import Callable, Sequence

from rich import box
from rich.table import Table

from bench.burst import Result
from bench.consumption import HELPER, PARTS
from cluster.cluster import Cluster

#: what of KEDA's command line and environment decides how fast Jobs are made
_KEDA = ("--kube-api-qps", "--kube-api-burst", "KEDA_KUBERNETES_API_TIMEOUT")


def _milliseconds(latencies: tuple[float, float]) -> str:
    return f"{latencies[0] * 1000:.1f} / {latencies[1] * 1000:.1f} ms"


def _cpu(part: str) -> Callable[[Result], str]:
    return lambda result: f"{result.cpu[part] * 1000:.1f} ms"


ROWS: dict[str, Callable[[Result], str]] = {
    "all Jobs active after": lambda r: f"{r.until_active:.1f} s",
    "Jobs created a second": lambda r: f"{r.per_second:.0f}",
    "active at once": lambda r: f"{r.peak:,}",
    "Jobs created": lambda r: f"{r.created:,}",
    "surplus": lambda r: f"{r.surplus:,}",
    "all claimed after": lambda r: f"{r.until_claimed:.1f} s",
    "lag then": lambda r: f"{r.lag}",
    "all settled after": lambda r: f"{r.until_settled:.1f} s",
    "outcomes": lambda r: f"{r.outcomes:,}",
    "reviews": lambda r: f"{r.reviews:,}",
    "review p50 / p99": lambda r: _milliseconds(r.latencies),
    "helper's memory, leader / standby": lambda r: f"{r.leader / 2**20:.0f} / {r.standby / 2**20:.0f} MiB",
    **{f"CPU of a Job, {part}": _cpu(part) for part in (*PARTS, HELPER)},
}


def table(results: Sequence[Result]) -> Table:
    """A column for each burst."""
    made = Table("messages at once", *(f"{r.messages:,}" for r in results), box=box.MARKDOWN)
    for name, cell in ROWS.items():
        made.add_row(name, *map(cell, results))
    return made


def settings(cluster: Cluster, polling: int) -> str:
    """KEDA's."""
    keda = cluster.part("keda")
    given = [*keda.command, *(f"{name}={value}" for name, value in keda.environment.items())]
    found = [text for text in given if text.partition("=")[0] in _KEDA]
    return shlex.join([*found, f"pollingInterval={polling}"])


def load() -> str:
    """The machine's, as it is now."""
    return f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"

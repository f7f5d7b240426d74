"""What can be chosen about a tuning run. None is "as it comes"; times are seconds, rates a second."""

from dataclasses import dataclass
from pathlib import Path

from mcp_jobs.core.tuning.load import Burst
from mcp_jobs.core.tuning.settings import Cluster
from mcp_jobs.core.tuning.spread import Spread


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadChoice:
    """The load that is described, or the topic that had it: its `last` outcomes are read."""

    rate: float
    duration: float
    bursts: tuple[Burst, ...]
    work: Spread | None
    from_topic: str | None
    brokers: str | None
    last: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ClusterChoice:
    """The cluster, but for what a recording may tell of it."""

    startup: Spread | None
    start_rate: float | None
    rest: Cluster


@dataclass(frozen=True, kw_only=True, slots=True)
class SweepChoice:
    """What is tried, and how it is judged."""

    target_wait: float | None
    intervals: tuple[float, ...]
    replicas: tuple[int, ...] | None
    batches: tuple[int, ...]
    poll_cost: float
    seeds: int


@dataclass(frozen=True, kw_only=True, slots=True)
class TuneOptions:
    """All of it, and the values file with the workload of it that is tuned."""

    values: Path | None
    workload: str | None
    load: LoadChoice
    cluster: ClusterChoice
    sweep: SweepChoice

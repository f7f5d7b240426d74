"""A cluster that costs no time, for cases whose answer is known; and loads for them."""

from dataclasses import replace

from mcp_jobs.core.keda import Scaling
from mcp_jobs.core.tuning.load import Message
from mcp_jobs.core.tuning.settings import Cluster, Settings
from mcp_jobs.core.tuning.spread import Fixed

#: nothing takes time but what a test adds
IDEAL = Cluster(
    startup=Fixed(0),
    start_rate=1e9,
    ready=(0, 0),
    unready=(0, 0),
    teardown=0,
    create_rate=1e9,
    create_burst=10**9,
    create_seconds=0,
    list_delay=0,
)


def with_startup(seconds: float) -> Cluster:
    """Every start takes so long, however many there are."""
    return replace(IDEAL, startup=Fixed(seconds))


def settings(most: int = 10**6, poll: float = 5.0, batch: int = 1, cap: int | None = None) -> Settings:
    return Settings(
        scaling=Scaling(max_replica_count=most, lag_threshold=batch),
        polling_interval=poll,
        batch_size=batch,
        cap=cap,
    )


def burst(count: int, work: float = 0.0) -> list[Message]:
    return [Message(0.0, work)] * count

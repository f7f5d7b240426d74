"""What the reconciler needs of the world. Each call may raise McpJobsError, whose message is a sentence."""

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from mcp_jobs.core.checkpoint import Checkpoint
from mcp_jobs.core.death import JobView, PodView
from mcp_jobs.core.requests import Answer, Offsets, Request
from mcp_jobs.core.spans import Span
from mcp_jobs.reconciler.notices import Notices


class Asks(Protocol):
    """Executes the core's requests about one topic (adapters.kafka.session)."""

    def execute(self, request: Request) -> Answer:
        """The answer to one request."""

    def reset_waits(self) -> None:
        """Start the deadlines of waits anew."""


class Listed(Protocol):
    """A consumer group as it is listed."""

    @property
    def name(self) -> str:
        """The group's name."""

    @property
    def state(self) -> str:
        """For example Empty, or Stable where it has members."""


class Groups(Protocol):
    """The cluster's consumer groups, and their offsets of the topic of messages (adapters.kafka.groups)."""

    def listed(self, group: str) -> Mapping[str, Listed]:
        """A group and those whose names start with its name and a dot, by name."""

    def read(self, names: Iterable[str]) -> Mapping[str, Offsets]:
        """The stable offsets of groups that were listed last, by name."""

    def delete(self, names: Collection[str]) -> None:
        """Delete groups that were listed last."""


class Positions(Protocol):
    """Where the count of outcomes has got to (adapters.kafka.counts)."""

    def commit(self, positions: Mapping[int, int]) -> None:
        """Commit the next offset of each partition."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Kafka:
    """One workload's Kafka, for as long as the connection lasts. `topic_id` is that of its messages."""

    topic_id: str
    messages: Asks
    outcomes: Asks
    groups: Groups
    positions: Positions


class Jobs(Protocol):
    """The Jobs (adapters.kubernetes.jobs). All but `known` is live from the API server."""

    def known(self) -> Mapping[str, JobView]:
        """Our Jobs by uid, as they were a moment ago.

        Who is over in it is over: no Job comes back from that. Who is active may be over by now, and who is
        missing may be there.
        """

    def all(self) -> Mapping[str, JobView]:
        """Every Job of ours, by uid."""

    def named(self, name: str) -> JobView | None:
        """The Job with this name, None where there is surely none."""

    def pods_of(self, uid: str) -> Sequence[PodView]:
        """The pods that are left of a Job."""

    def without_image(self) -> Mapping[str, PodView]:
        """The pods that can't have their image, by the uid of their Job."""


class Checkpoints(Protocol):
    """The frontiers kept outside of Kafka (adapters.kubernetes.checkpoint)."""

    def load(self, workload: str) -> Checkpoint | None:
        """What is kept of a workload."""

    def save(self, workload: str, checkpoint: Checkpoint) -> bool:
        """Keep it; False where somebody else has written since it was loaded."""


class Metrics(Protocol):
    """Where numbers go (adapters.metrics). Labels are given by name."""

    def add(self, name: str, amount: float = 1, /, **labels: str) -> None:
        """Raise a counter."""

    def set(self, name: str, value: float, /, **labels: str) -> None:
        """Set a gauge."""

    def observe(self, name: str, value: float, trace_id: str = "", /, **labels: str) -> None:
        """Add an observation to a histogram; the trace is its exemplar, if there is one."""

    def forget(self, name: str, /) -> None:
        """Remove a gauge with all its labels: who does not lead does not know."""


@dataclass(frozen=True, slots=True)
class Clock:
    """`now` is seconds of a monotonic clock, `milliseconds` the time since the epoch."""

    now: Callable[[], float] = time.monotonic
    milliseconds: Callable[[], int] = lambda: int(time.time() * 1000)


@dataclass(frozen=True, kw_only=True, slots=True)
class Times:
    """How long to wait until what, in seconds. `patience` counts waits before a transaction is fenced."""

    #: until a settled claim group is deleted: longer than any transaction may last (rule R4)
    group_grace: float = 900
    #: until no Job at all is believed
    no_jobs: float = 60
    #: until a missing frontier is restored
    missing: float = 60
    #: until a Job whose image can't be pulled is given up
    image_pull: float = 600
    #: between two checkpoints, where nothing asks for one sooner
    checkpoint: float = 3600
    #: between two checkpoints that are needed to delete groups
    checkpoint_soon: float = 300
    #: until offsets are written anew, so that they don't expire
    keep_alive: float = 86_400
    patience: int = 8


#: takes spans and returns at once
SendSpans = Callable[[Sequence[Span]], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Tools:
    """What every part of the reconciler of one workload has at hand. `spans` is None where nobody traces."""

    metrics: Metrics
    notices: Notices
    times: Times = Times()
    clock: Clock = Clock()
    spans: SendSpans | None = None

"""Pick a message to claim: survey the frontiers, measure the log, read the message. Nothing is written."""

from dataclasses import dataclass, replace

from mcp_jobs.core import names
from mcp_jobs.core.claimant import Claimant, NothingToClaim
from mcp_jobs.core.entry import Committed
from mcp_jobs.core.log import Reading
from mcp_jobs.core.record import Record
from mcp_jobs.core.requests import (
    Answer,
    Described,
    DescribeTransaction,
    Ends,
    Fetch,
    Offsets,
    OutOfRange,
    ReadEnds,
    ReadOffsets,
    Rejected,
    Request,
    WaitReason,
)
from mcp_jobs.core.step import Ended, Pause, Refused, State, Step, unless_refused
from mcp_jobs.core.transaction import Sighting


@dataclass(frozen=True, slots=True)
class Picked(Ended):
    """A claim to make: these messages, which move the frontier from `frontier` to `next_offset`.

    Without records it only moves the frontier over holes: control records, aborted or compacted messages.
    """

    partition: int
    frontier: Committed
    records: tuple[Record, ...]
    next_offset: int


@dataclass(frozen=True, slots=True)
class Survey(Step):
    """Read the frontiers."""

    me: Claimant

    def request(self) -> Request:
        return ReadOffsets(self.me.group)

    def on(self, answer: Answer) -> State:
        if isinstance(answer, Offsets):
            return Measure(self, answer)
        return unless_refused(answer, Pause(self))


@dataclass(frozen=True, slots=True)
class Measure(Step):
    """Read how far the log goes, and choose a partition, weighted by its lag to spread the claimants."""

    survey: Survey
    frontiers: Offsets

    def request(self) -> Request:
        return ReadEnds()

    def on(self, answer: Answer) -> State:
        if not isinstance(answer, Ends):
            return unless_refused(answer, Pause(self.survey))
        known = dict(self.frontiers.committed)
        start = {p: self.survey.me.position(frontier) for p, frontier in known.items()}
        lags = [(p, end - start[p]) for p, _, end in answer.ends if p in known]
        lags = [(p, lag) for p, lag in lags if lag > 0]
        if lags:
            partition = weighted(lags, answer.dice)
            return Prefetch(self.survey, partition, known[partition], start[partition])
        if self.frontiers.undecided:
            return Pause(self.survey)
        unknown = frozenset(p for p, _, _ in answer.ends if p not in known)
        return Pause(self.survey, WaitReason.IDLE, late=NothingToClaim(unknown))


def weighted(lags: list[tuple[int, int]], dice: float) -> int:
    """The partition that `dice` in [0, 1) falls on when each is as wide as its lag."""
    mark = dice * sum(lag for _, lag in lags)
    for partition, lag in lags:
        if mark < lag:
            return partition
        mark -= lag
    return lags[-1][0]


@dataclass(frozen=True, slots=True)
class Prefetch(Step):
    """Read the messages at the frontier before the fence, which is held the shorter."""

    survey: Survey
    partition: int
    frontier: Committed
    start: int

    def request(self) -> Request:
        return Fetch(self.partition, self.start, self.survey.me.batch_size)

    def on(self, answer: Answer) -> State:
        match answer:
            case Reading() if answer.next_offset == self.start:
                return Pause(self.survey, WaitReason.IDLE, late=NothingToClaim())
            case Reading():
                return self._picked(answer)
            case OutOfRange() if self.start < answer.start:  # retention was faster than the Jobs
                return replace(self, start=answer.start)
            case OutOfRange() if self.start > answer.end:
                return Refused(Rejected(beyond_the_end(self.partition, self.start, answer.end)))
        return unless_refused(answer, Pause(self.survey))

    def _picked(self, reading: Reading) -> State:
        picked = Picked(self.partition, self.frontier, reading.records, reading.next_offset)
        return GiveWay(self.survey, picked) if self.survey.me.patience else picked


@dataclass(frozen=True, slots=True)
class GiveWay(Step):
    """Is somebody claiming on the partition right now? Let them finish, then survey again.

    The same one gets at most `patience` waits: a claimant that died is fenced.
    """

    survey: Survey
    picked: Picked
    sighting: Sighting | None = None

    def request(self) -> Request:
        return DescribeTransaction(names.claim_id(self.survey.me.group, self.picked.partition))

    def on(self, answer: Answer) -> State:
        if not isinstance(answer, Described) or not answer.ongoing:
            return self.survey if self.sighting else self.picked
        sighting = Sighting.of(answer.epoch, self.sighting)
        return (
            self.picked
            if sighting.waits > self.survey.me.patience
            else Pause(replace(self, sighting=sighting))
        )


def beyond_the_end(partition: int, frontier: int, end: int) -> str:
    """The sentence for a frontier that the log does not reach (rule R6)."""
    return (
        f"the committed offset of partition {partition} is {frontier}, but its log ends at {end}: the topic"
        " lost messages or was created again; find out which, then reset the group's offset of the partition"
    )

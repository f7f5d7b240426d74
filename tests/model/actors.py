"""Who drives the product's machines: pods, the reconciler. Each is a machine made of the product's own."""

from dataclasses import dataclass, replace

from mcp_jobs.core.claim import claim
from mcp_jobs.core.claimant import AlreadySettled, Claimant, Claimed, NothingToClaim
from mcp_jobs.core.record import Output
from mcp_jobs.core.requests import Answer, Offsets, Request
from mcp_jobs.core.settle import Holding
from mcp_jobs.core.slot import Written
from mcp_jobs.core.step import Ended, State, Step
from model.broker import MESSAGES, OUTCOMES
from model.violation import Violation


@dataclass(frozen=True, slots=True)
class Unborn(Ended):
    """A replacement pod that does not run yet."""


@dataclass(frozen=True, slots=True)
class Exiting(Ended):
    """The pod's process is about to end with exit code 0."""


@dataclass(frozen=True, slots=True)
class Cleaning(Ended):
    """A pod that is about to delete its claim group (breaks R4)."""

    group: str


@dataclass(frozen=True, slots=True)
class Gone(Ended):
    """The process is no more."""


@dataclass(frozen=True, slots=True)
class Idle(Ended):
    """The reconciler between two sweeps."""


@dataclass(frozen=True, slots=True)
class Grace(Ended):
    """The reconciler saw a claim group settled; it deletes it once the transactions then `open` are over."""

    job: int
    seen: Offsets
    open: frozenset[str]


def outcome(partition: int, offset: int, by: str) -> Output:
    """The outcome record of a message."""
    return Output(OUTCOMES, f"{partition}@{offset}".encode(), by.encode())


@dataclass(frozen=True, slots=True)
class Claiming(Step):
    """A pod on its way to a claim."""

    me: Claimant
    inner: Step
    then: Ended

    @classmethod
    def of(cls, me: Claimant, then: Ended) -> "Claiming":
        """A pod's first state; `then` is its last, where all went well."""
        return cls(me, claim(me), then)

    def request(self) -> Request:
        return self.inner.request()

    def on(self, answer: Answer) -> State:
        match self.inner.on(answer):
            case Step() as inner:
                return replace(self, inner=inner)
            case Claimed() as claimed:
                if tuple(record.offset for record in claimed.records) != claimed.entry.open_offsets:
                    raise Violation(f"{self.me.holder} takes a message for deleted")  # nothing ever is, here
                holding = Holding(self.me.group, self.me.job_uid, claimed.partition, claimed.entry)
                return settling(holding, self.me.holder, self.then)
            case NothingToClaim() | AlreadySettled():
                return Exiting()
        return Gone()


@dataclass(frozen=True, slots=True)
class Settling(Step):
    """A pod that gives its messages their outcomes. Found its entry changed, it exits."""

    holding: Holding
    offset: int
    inner: Step
    by: str
    then: Ended

    def request(self) -> Request:
        return self.inner.request()

    def on(self, answer: Answer) -> State:
        match self.inner.on(answer):
            case Step() as inner:
                return replace(self, inner=inner)
            case Written():
                return settling(self.holding.settled(self.offset), self.by, self.then)
        return Gone()


def settling(holding: Holding, by: str, then: Ended) -> State:
    """The settlement of the last message that is open: an attempt at an earlier one may have failed."""
    if holding.entry.done:
        return then
    offset = holding.entry.open_offsets[-1]
    write = holding.settlement(offset, (outcome(holding.partition, offset, by),))
    return Settling(holding, offset, write.start(), by, then)


@dataclass(frozen=True, slots=True)
class Sweeping(Step):
    """The reconciler while it settles a message that nobody else will."""

    inner: Step

    @classmethod
    def of(cls, holding: Holding, by: str, *, requeue: bool) -> "Sweeping":
        """Settle the first open message: put it back into the topic, or into the dead letters."""
        offset = holding.entry.open_offsets[0]
        copy = (Output(MESSAGES, b"", b""),) if requeue else ()
        return cls(holding.settlement(offset, (outcome(holding.partition, offset, by), *copy)).start())

    def request(self) -> Request:
        return self.inner.request()

    def on(self, answer: Answer) -> State:
        inner = self.inner.on(answer)
        return replace(self, inner=inner) if isinstance(inner, Step) else Idle()

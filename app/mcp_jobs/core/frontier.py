"""The first frontier of a partition: what an installation commits once, before anybody claims.

A plain commit could move the frontier of a partition back that somebody has claimed on meanwhile; this one is
made under the fence of the partition's claims and only where there is no frontier.
"""

from dataclasses import dataclass

from mcp_jobs.core import names
from mcp_jobs.core.entry import Committed
from mcp_jobs.core.requests import (
    AddGroup,
    Answer,
    CommitOffset,
    EndTransaction,
    InitProducer,
    Offsets,
    Producer,
    ReadOffsets,
    Request,
)
from mcp_jobs.core.step import Ended, Pause, State, Step, unless_refused
from mcp_jobs.core.transaction import InTransaction


@dataclass(frozen=True, slots=True)
class FirstFrontier:
    """Commit `put` for a partition of `group` unless it has a committed offset."""

    group: str
    partition: int
    put: Committed

    def start(self) -> Step:
        """The machine's first state. It ends as Present, Refused or GaveUp."""
        return Fence(self)


@dataclass(frozen=True, slots=True)
class Present(Ended):
    """The partition has a frontier. `created`: it had none before."""

    committed: Committed
    created: bool


@dataclass(frozen=True, slots=True)
class Fence(Step):
    """Keep claimants out."""

    first: FirstFrontier

    def request(self) -> Request:
        return InitProducer(names.claim_id(self.first.group, self.first.partition))

    def on(self, answer: Answer) -> State:
        if isinstance(answer, Producer):
            return Join(answer, self.first)
        return unless_refused(answer, Pause(self))


@dataclass(frozen=True, slots=True)
class InFirst(InTransaction):
    """A step of the commit."""

    first: FirstFrontier

    def fenced(self) -> State:
        return Pause(self.first.start())

    def lost(self) -> State:
        return self.first.start()


@dataclass(frozen=True, slots=True)
class Join(InFirst):
    """Open the transaction."""

    def request(self) -> Request:
        return AddGroup(self.producer, self.first.group)

    def done(self) -> State:
        return Check(self.producer, self.first)


@dataclass(frozen=True, slots=True)
class Check(InFirst):
    """Is there a frontier? Read under the fence."""

    def request(self) -> Request:
        return ReadOffsets(self.first.group)

    def read(self, offsets: Offsets) -> State:
        if self.first.partition in offsets.undecided:
            return self.leave(Pause(self.first.start()))
        found = offsets.get(self.first.partition)
        return self.leave(Present(found, created=False)) if found else Put(self.producer, self.first)


@dataclass(frozen=True, slots=True)
class Put(InFirst):
    """Write it."""

    def request(self) -> Request:
        return CommitOffset(self.producer, self.first.group, self.first.partition, self.first.put)

    def done(self) -> State:
        return Commit(self.producer, self.first)


@dataclass(frozen=True, slots=True)
class Commit(InFirst):
    """Make it true."""

    def request(self) -> Request:
        return EndTransaction(self.producer, commit=True)

    def done(self) -> State:
        return Present(self.first.put, created=True)

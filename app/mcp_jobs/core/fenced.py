"""A change of one committed offset under the fence of its writers: fence, add the group, look, write, end.

What is written follows from what is read under the fence, so a change that is made twice does no harm: after
a lost answer it starts again.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass

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


class Change(ABC):
    """What is to be changed, where, and what it comes to."""

    __slots__ = ()

    @abstractmethod
    def writers(self) -> str:
        """The transactional id of all who write the offset."""

    @abstractmethod
    def target(self) -> tuple[str, int]:
        """The group and the partition whose offset is written."""

    @abstractmethod
    def look(self, producer: Producer) -> "Look":
        """The first read under the fence."""

    @abstractmethod
    def made(self, put: Committed) -> Ended:
        """The end once `put` is committed."""

    def start(self) -> Step:
        """The machine's first state. It ends as `made`, as a Look says, Refused or GaveUp."""
        return Fence(self)


@dataclass(frozen=True, slots=True)
class Fence(Step):
    """Keep the other writers out."""

    change: Change

    def request(self) -> Request:
        return InitProducer(self.change.writers())

    def on(self, answer: Answer) -> State:
        if isinstance(answer, Producer):
            return Join(answer, self.change)
        return unless_refused(answer, Pause(self))


@dataclass(frozen=True, slots=True)
class InChange(InTransaction):
    """A step of the change."""

    change: Change

    def fenced(self) -> State:
        return Pause(self.change.start())

    def lost(self) -> State:
        return Fence(self.change)


@dataclass(frozen=True, slots=True)
class Join(InChange):
    """Open the transaction."""

    def request(self) -> Request:
        return AddGroup(self.producer, self.change.target()[0])

    def done(self) -> State:
        return self.change.look(self.producer)


@dataclass(frozen=True, slots=True)
class Look(InChange):
    """Read the offset of the target's partition in `group`: under the fence, stable (rule R7)."""

    group: str

    def request(self) -> Request:
        return ReadOffsets(self.group)

    def read(self, offsets: Offsets) -> State:
        _, partition = self.change.target()
        if partition in offsets.undecided:
            return self.leave(Pause(self.change.start()))
        return self.found(offsets.get(partition))

    @abstractmethod
    def found(self, committed: Committed | None) -> State:
        """What the offset leads to: `put`, `leave` or another look."""

    def put(self, committed: Committed) -> "Put":
        """Write it."""
        return Put(self.producer, self.change, committed)


@dataclass(frozen=True, slots=True)
class Put(InChange):
    """Write the offset."""

    committed: Committed

    def request(self) -> Request:
        return CommitOffset(self.producer, *self.change.target(), self.committed)

    def done(self) -> State:
        return Commit(self.producer, self.change, self.committed)


@dataclass(frozen=True, slots=True)
class Commit(InChange):
    """Make it true."""

    committed: Committed

    def request(self) -> Request:
        return EndTransaction(self.producer, commit=True)

    def done(self) -> State:
        return self.change.made(self.committed)

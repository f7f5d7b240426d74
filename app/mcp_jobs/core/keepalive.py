"""Keep a committed offset from expiring: write what it is once more, under the fence of its writers.

Kafka forgets an offset some days after it was last written (offsets.retention.minutes): the frontier of a
quiet partition, the entry of a Job that runs for a week. What is missing already is not guessed (rule R6).
"""

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
from mcp_jobs.core.transaction import InTransaction, Polite


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Write the committed offset of a partition once more, through the transactional id of its writers.

    `patience`: how many waits a transaction found under way is given before it is fenced.
    """

    transactional_id: str
    group: str
    partition: int
    patience: int = 0

    def start(self) -> Step:
        """The machine's first state. It ends as Kept, Missing, Refused or GaveUp."""
        fence = Fence(self)
        return Polite(self.transactional_id, self.patience, fence) if self.patience else fence


@dataclass(frozen=True, slots=True)
class Kept(Ended):
    """The offset was written once more."""

    committed: Committed


@dataclass(frozen=True, slots=True)
class Missing(Ended):
    """There is no offset to keep. Nothing was written."""


@dataclass(frozen=True, slots=True)
class Fence(Step):
    """Keep the other writers out."""

    rewrite: Rewrite

    def request(self) -> Request:
        return InitProducer(self.rewrite.transactional_id)

    def on(self, answer: Answer) -> State:
        if isinstance(answer, Producer):
            return Join(answer, self.rewrite)
        return unless_refused(answer, Pause(self))


@dataclass(frozen=True, slots=True)
class InRewrite(InTransaction):
    """A step of the rewriting. Doing it twice does no harm."""

    rewrite: Rewrite

    def fenced(self) -> State:
        return Pause(self.rewrite.start())

    def lost(self) -> State:
        return Fence(self.rewrite)


@dataclass(frozen=True, slots=True)
class Join(InRewrite):
    """Open the transaction."""

    def request(self) -> Request:
        return AddGroup(self.producer, self.rewrite.group)

    def done(self) -> State:
        return Read(self.producer, self.rewrite)


@dataclass(frozen=True, slots=True)
class Read(InRewrite):
    """What is it? Read under the fence, stable (rule R7)."""

    def request(self) -> Request:
        return ReadOffsets(self.rewrite.group)

    def read(self, offsets: Offsets) -> State:
        if self.rewrite.partition in offsets.undecided:
            return self.leave(Pause(self.rewrite.start()))
        found = offsets.get(self.rewrite.partition)
        return Put(self.producer, self.rewrite, found) if found else self.leave(Missing())


@dataclass(frozen=True, slots=True)
class Put(InRewrite):
    """Write the same."""

    found: Committed

    def request(self) -> Request:
        return CommitOffset(self.producer, self.rewrite.group, self.rewrite.partition, self.found)

    def done(self) -> State:
        return Commit(self.producer, self.rewrite, self.found)


@dataclass(frozen=True, slots=True)
class Commit(InRewrite):
    """Make it true."""

    found: Committed

    def request(self) -> Request:
        return EndTransaction(self.producer, commit=True)

    def done(self) -> State:
        return Kept(self.found)

"""A write to a claim entry: one transaction on the settle slot recorded in the entry.

Fence, add the group, read, verify, produce, write, end. Takeover, settlement, reconciler and every other
writer after the claim use this one machine, so the slot's fence orders them all: who comes second finds the
entry changed. Rules R2 (one slot per claim) and R3 (no write outside of it), docs/how-it-works.md.
"""

from dataclasses import dataclass, replace

from mcp_jobs.core.entry import Committed
from mcp_jobs.core.record import Output
from mcp_jobs.core.requests import (
    AddGroup,
    AddPartitions,
    Answer,
    Busy,
    CommitOffset,
    EndTransaction,
    Fenced,
    InitProducer,
    Lost,
    Offsets,
    Produce,
    Producer,
    ReadOffsets,
    Rejected,
    Request,
)
from mcp_jobs.core.step import Ended, Pause, Refused, State, Step
from mcp_jobs.core.transaction import InTransaction, politely


@dataclass(frozen=True, slots=True)
class SlotWrite:
    """Replace the entry `expect` of a claim group by `put`, and produce `outputs`: both or neither.

    `expect` is None where there is to be none yet.
    `patience`: how many waits a transaction found under way is given before it is fenced. `tried`: an
    earlier try may have been committed.
    """

    transactional_id: str
    group: str
    partition: int
    expect: Committed | None
    put: Committed
    outputs: tuple[Output, ...] = ()
    patience: int = 0
    tried: bool = False

    def start(self) -> Step:
        """The machine's first state. It ends as Written, Changed, Refused or GaveUp."""
        return politely(self.transactional_id, self.patience, Fence(self))


@dataclass(frozen=True, slots=True)
class Written(Ended):
    """The entry reads `put`, and the outputs are in their topics."""

    write: SlotWrite


@dataclass(frozen=True, slots=True)
class Changed(Ended):
    """The entry is not what was expected: nothing was written. `found` is what it is now."""

    write: SlotWrite
    found: Committed | None


@dataclass(frozen=True, slots=True)
class Fence(Step):
    """Become the only one who may write through the slot; an undecided transaction gets decided by it."""

    write: SlotWrite

    def request(self) -> Request:
        return InitProducer(self.write.transactional_id)

    def on(self, answer: Answer) -> State:
        match answer:
            case Producer():
                return Join(answer, self.write)
            case Busy() | Fenced() | Lost():
                return Pause(self)
            case Rejected():
                return Refused(answer)
        raise self.unexpected(answer)


@dataclass(frozen=True, slots=True)
class InSlot(InTransaction):
    """A step of the write."""

    write: SlotWrite

    def fenced(self) -> State:
        return Pause(self.write.start())

    def lost(self) -> State:
        return Fence(self.write)


@dataclass(frozen=True, slots=True)
class Join(InSlot):
    """Open the transaction."""

    def request(self) -> Request:
        return AddGroup(self.producer, self.write.group)

    def done(self) -> State:
        return Verify(self.producer, self.write)


@dataclass(frozen=True, slots=True)
class Verify(InSlot):
    """Is the entry still what the writer decided upon? Read under the fence, stable (rule R7)."""

    def request(self) -> Request:
        return ReadOffsets(self.write.group)

    def read(self, offsets: Offsets) -> State:
        if self.write.partition in offsets.undecided:
            return self.leave(Pause(self.write.start()))
        found = offsets.get(self.write.partition)
        if found == self.write.put and self.write.tried:
            return self.leave(Written(self.write))
        if found != self.write.expect:
            return self.leave(Changed(self.write, found))
        return (Open if self.write.outputs else Put)(self.producer, self.write)


@dataclass(frozen=True, slots=True)
class Open(InSlot):
    """Add the partitions that the outputs go to."""

    def request(self) -> Request:
        return AddPartitions(self.producer, self.write.outputs)

    def done(self) -> State:
        return Send(self.producer, self.write)


@dataclass(frozen=True, slots=True)
class Send(InSlot):
    """Produce the outputs."""

    def request(self) -> Request:
        return Produce(self.producer, self.write.outputs)

    def done(self) -> State:
        return Put(self.producer, self.write)


@dataclass(frozen=True, slots=True)
class Put(InSlot):
    """Write the entry."""

    def request(self) -> Request:
        return CommitOffset(self.producer, self.write.group, self.write.partition, self.write.put)

    def done(self) -> State:
        return Commit(self.producer, self.write)


@dataclass(frozen=True, slots=True)
class Commit(InSlot):
    """Make it true."""

    def request(self) -> Request:
        return EndTransaction(self.producer, commit=True)

    def done(self) -> State:
        return Written(self.write)

    def fenced(self) -> State:  # the fence may have come after the decision
        return Pause(replace(self.write, tried=True).start())

    def lost(self) -> State:
        return Fence(replace(self.write, tried=True))

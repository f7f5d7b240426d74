"""The claim transaction: move the frontier and write the Job's entry, both or neither.

Fence the partition's other claimants, open the transaction, read again under the fence, write, end.
"""

from dataclasses import dataclass

from mcp_jobs.core import names
from mcp_jobs.core.claimant import Claimant
from mcp_jobs.core.entry import Entry, encode
from mcp_jobs.core.pick import Picked
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
from mcp_jobs.core.step import Ended, State, Step, unless_refused
from mcp_jobs.core.transaction import InTransaction


@dataclass(frozen=True, slots=True)
class Took(Ended):
    """The Job holds `entry`; None where the frontier was only moved over holes."""

    picked: Picked
    entry: Entry | None


@dataclass(frozen=True, slots=True)
class Missed(Ended):
    """Somebody else was faster. Nothing was written."""


@dataclass(frozen=True, slots=True)
class HasEntry(Ended):
    """The Job has, or may have, an entry already: another pod of it claimed. Nothing was written."""


@dataclass(frozen=True, slots=True)
class Unknown(Ended):
    """Whether it was written is to be seen in the claim group, once the transactional id is fenced.

    None: somebody fenced it already.
    """

    transactional_id: str | None


@dataclass(frozen=True, slots=True)
class Fence(Step):
    """Become the only one who may claim on the partition."""

    me: Claimant
    picked: Picked

    def request(self) -> Request:
        return InitProducer(names.claim_id(self.me.group, self.picked.partition))

    def on(self, answer: Answer) -> State:
        if isinstance(answer, Producer):
            return JoinMain(answer, self.me, self.picked)
        return unless_refused(answer, Missed())


@dataclass(frozen=True, slots=True)
class InClaim(InTransaction):
    """A step of the claim."""

    me: Claimant
    picked: Picked

    def fenced(self) -> State:
        return Missed()

    def lost(self) -> State:
        return Unknown(self.producer.transactional_id)


@dataclass(frozen=True, slots=True)
class JoinMain(InClaim):
    """Open the transaction: from here on others see it under way."""

    def request(self) -> Request:
        return AddGroup(self.producer, self.me.group)

    def done(self) -> State:
        return JoinOwn(self.producer, self.me, self.picked)


@dataclass(frozen=True, slots=True)
class JoinOwn(InClaim):
    """Add the Job's claim group."""

    def request(self) -> Request:
        return AddGroup(self.producer, self.me.claim_group)

    def done(self) -> State:
        return CheckFrontier(self.producer, self.me, self.picked)


@dataclass(frozen=True, slots=True)
class CheckFrontier(InClaim):
    """Is the message still unclaimed? Read under the fence."""

    def request(self) -> Request:
        return ReadOffsets(self.me.group)

    def read(self, offsets: Offsets) -> State:
        partition = self.picked.partition
        if partition in offsets.undecided or offsets.get(partition) != self.picked.frontier:
            return self.leave(Missed())
        return CheckOwn(self.producer, self.me, self.picked)


@dataclass(frozen=True, slots=True)
class CheckOwn(InClaim):
    """Has the Job claimed meanwhile, through another pod? Read under the fence (rule R1)."""

    def request(self) -> Request:
        return ReadOffsets(self.me.claim_group)

    def read(self, offsets: Offsets) -> State:
        if offsets.committed or offsets.undecided:
            return self.leave(HasEntry())
        return MoveFrontier(self.producer, self.me, self.picked)


@dataclass(frozen=True, slots=True)
class MoveFrontier(InClaim):
    """Nobody else shall have the messages."""

    def request(self) -> Request:
        frontier = self.me.frontier(self.picked.next_offset)
        return CommitOffset(self.producer, self.me.group, self.picked.partition, frontier)

    def done(self) -> State:
        return (WriteEntry if self.picked.records else Commit)(self.producer, self.me, self.picked)


@dataclass(frozen=True, slots=True)
class WriteEntry(InClaim):
    """This Job has them."""

    def request(self) -> Request:
        entry = encode(self.me.entry(self.picked.records))
        return CommitOffset(self.producer, self.me.claim_group, self.picked.partition, entry)

    def done(self) -> State:
        return Commit(self.producer, self.me, self.picked)


@dataclass(frozen=True, slots=True)
class Commit(InClaim):
    """Make it true."""

    def request(self) -> Request:
        return EndTransaction(self.producer, commit=True)

    def done(self) -> State:
        entry = self.me.entry(self.picked.records) if self.picked.records else None
        return Took(self.picked, entry)

    def fenced(self) -> State:  # the fence may have come after the decision
        return Unknown(None)

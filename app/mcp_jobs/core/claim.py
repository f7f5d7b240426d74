"""The claim: take one message (or a batch of one partition) for a Job, or resume what the Job has.

The committed offset of the main group is the claim frontier of a partition: below it all is claimed, above it
all is lag. One claim is one transaction over two offsets: the frontier, and the entry in the Job's own claim
group, which is the Job's memory. No consumer group membership, so no rebalance and no partition limit.
"""

from dataclasses import dataclass, replace

from mcp_jobs.core import names
from mcp_jobs.core.claimant import AlreadySettled, Claimant, Claimed, TakenOver
from mcp_jobs.core.entry import Entry, decode
from mcp_jobs.core.pick import Picked, Survey
from mcp_jobs.core.requests import Answer, InitProducer, Offsets, Producer, ReadOffsets, Request
from mcp_jobs.core.resume import Refetch, TakeOver
from mcp_jobs.core.slot import Changed
from mcp_jobs.core.step import Ended, Pause, State, Step, unless_refused
from mcp_jobs.core.take import Fence, HasEntry, Missed, Took, Unknown


def claim(me: Claimant) -> Step:
    """The machine's first state.

    It ends as Claimed, NothingToClaim, AlreadySettled, TakenOver, Refused or GaveUp.
    """
    return Look(me)


@dataclass(frozen=True, slots=True)
class Look(Step):
    """Does the Job have a claim already? `held`: this process may have held it."""

    me: Claimant
    held: bool = False
    waits: int = 0

    def request(self) -> Request:
        return ReadOffsets(self.me.claim_group)

    def on(self, answer: Answer) -> State:
        if not isinstance(answer, Offsets):
            return unless_refused(answer, Pause(self))
        if answer.undecided:
            if self.waits < self.me.patience:
                return Pause(replace(self, waits=self.waits + 1))
            return Trace(self.me, self.held, min(answer.undecided))
        entries = [(partition, decode(committed)) for partition, committed in answer.committed]
        for partition, entry in entries:
            if not entry.done:
                return self._resume(partition, entry)
        return AlreadySettled() if entries else Part(self.me, self.held, Survey(self.me))

    def _resume(self, partition: int, entry: Entry) -> State:
        if entry.holder == self.me.holder:
            return Part(self.me, self.held, Refetch(partition, entry))
        if self.held:
            return TakenOver()
        return Part(self.me, self.held, TakeOver.of(self.me, partition, entry))


@dataclass(frozen=True, slots=True)
class Trace(Step):
    """Whose undecided transaction is it? A plain read will do: fencing the wrong one costs a retry."""

    me: Claimant
    held: bool
    partition: int

    def request(self) -> Request:
        return ReadOffsets(self.me.claim_group, stable=False)

    def on(self, answer: Answer) -> State:
        if not isinstance(answer, Offsets):
            return unless_refused(answer, Pause(Look(self.me, self.held)))
        found = answer.get(self.partition)
        if found:
            return Force(self.me, self.held, names.settle_id(self.me.group, decode(found).slot))
        return Force(self.me, self.held, names.claim_id(self.me.group, self.partition))


@dataclass(frozen=True, slots=True)
class Force(Step):
    """Have a transaction decided whose end is unknown, then look again: the claim group is the truth."""

    me: Claimant
    held: bool
    transactional_id: str

    def request(self) -> Request:
        return InitProducer(self.transactional_id)

    def on(self, answer: Answer) -> State:
        if isinstance(answer, Producer):
            return Look(self.me, self.held)
        return unless_refused(answer, Pause(self))


@dataclass(frozen=True, slots=True)
class Part(Step):
    """A part of the way (pick, take, resume) under way, and what its end leads to."""

    me: Claimant
    held: bool
    inner: Step

    def request(self) -> Request:
        return self.inner.request()

    def on(self, answer: Answer) -> State:
        state = self.inner.on(answer)
        return replace(self, inner=state) if isinstance(state, Step) else self._after(state)

    def _after(self, end: Ended) -> State:
        match end:
            case Picked():
                return replace(self, inner=Fence(self.me, end))
            case Took(picked, Entry() as entry):
                return Claimed(picked.partition, entry, picked.records)
            case Took():
                return replace(self, inner=Survey(self.me))
            case Missed():
                return Pause(replace(self, inner=Survey(self.me)))
            case HasEntry() | Changed():
                return Look(self.me, self.held)
            case Unknown(None):
                return Look(self.me, held=True)
            case Unknown(str() as transactional_id):
                return Force(self.me, True, transactional_id)
        return end

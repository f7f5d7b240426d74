"""The product's steps as somebody would write them who does not know the rules."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from mcp_jobs.core import names, reconcile, resume, settle, slot, take
from mcp_jobs.core.claimant import Claimant
from mcp_jobs.core.entry import Committed, Entry, Scope, encode
from mcp_jobs.core.frontier import FirstFrontier
from mcp_jobs.core.keepalive import Rewrite
from mcp_jobs.core.log import Batch
from mcp_jobs.core.pick import Picked
from mcp_jobs.core.reconcile import JobState
from mcp_jobs.core.record import Output
from mcp_jobs.core.requests import (
    Answer,
    Described,
    DescribeTransaction,
    Done,
    Offsets,
    Producer,
    ReadOffsets,
    Rejected,
    Request,
)
from mcp_jobs.core.settle import Holding
from mcp_jobs.core.slot import SlotWrite
from mcp_jobs.core.step import GaveUp, State, Step
from mcp_jobs.core.transaction import InTransaction
from model.writes import InitExpecting, PlainCommit

_orphans = reconcile.orphans
_settlement = settle.Holding.settlement
_take_over = resume.take_over
_on = InTransaction.on
_OUTSIDE = Producer("", -1, -1)


def own_entry_ignored(step: take.CheckOwn, _: Offsets) -> State:
    """Claims whatever the Job has already (R1)."""
    return take.MoveFrontier(step.producer, step.me, step.picked)


def frontier_ignored(step: take.CheckFrontier, _: Offsets) -> State:
    """Claims what was picked before the fence."""
    return take.CheckOwn(step.producer, step.me, step.picked)


def takes_over_elsewhere(me: Claimant, partition: int, entry: Entry) -> SlotWrite:
    """Takes over through another slot than the recorded one (R2)."""
    return replace(
        _take_over(me, partition, entry), transactional_id=names.settle_id(me.group, entry.slot + 1)
    )


def settles_elsewhere(
    holding: Holding, offset: int, outputs: tuple[Output, ...], *, patience: int = 0
) -> SlotWrite:
    """Each pod settles through a slot of its own (R2)."""
    write = _settlement(holding, offset, outputs, patience=patience)
    return replace(write, transactional_id=f"{write.transactional_id}.{holding.entry.holder}")


def reconciler_settles_elsewhere(
    holding: Holding, offset: int, outputs: tuple[Output, ...], *, patience: int = 0
) -> SlotWrite:
    """The reconciler settles through another slot than the recorded one (R2)."""
    write = _settlement(holding, offset, outputs, patience=patience)
    own = outputs[0].value == b"reconciler"
    return replace(write, transactional_id=names.settle_id(holding.group, 1)) if own else write


@dataclass(frozen=True, slots=True)
class PlainTakeOver(Step):
    """Takes over by a plain OffsetCommit (R3)."""

    me: Claimant
    partition: int
    entry: Entry

    def request(self) -> Request:
        taken = encode(self.entry.taken_over(self.me.holder))
        return PlainCommit(_OUTSIDE, self.me.claim_group, self.partition, taken)

    def on(self, answer: Answer) -> State:
        return resume.Refetch(self.partition, self.entry.taken_over(self.me.holder))


def unverified(step: slot.Verify, _: Offsets) -> State:
    """Writes whatever the entry has become."""
    return slot.Open(step.producer, step.write)


def refusal_overlooked(step: InTransaction, answer: Answer) -> State:
    """Does not look at the error codes of the partitions."""
    return _on(step, Done() if isinstance(answer, Rejected) else answer)


def complete_ignored(offsets: Offsets, job: JobState, scope: Scope) -> Iterator[tuple[int, Entry]]:
    """Takes a Complete Job for a proof that all is settled (R5)."""
    return _orphans(offsets, JobState.ACTIVE if job is JobState.COMPLETE else job, scope)


def aborted_kept(batches: Iterable[Batch], _: Iterable[tuple[int, int]]) -> Iterator[Batch]:
    """Takes aborted records for messages (R8)."""
    return (Batch(batch.first, batch.last) if batch.control else batch for batch in batches)


@dataclass(frozen=True, slots=True)
class SwapFence(Step):
    """InitProducerId as a compare-and-swap: expect the epoch that was seen (KIP-360)."""

    me: Claimant
    picked: Picked
    expected: tuple[int, int] | None = None

    def request(self) -> Request:
        transactional_id = names.claim_id(self.me.group, self.picked.partition)
        if self.expected is None:
            return DescribeTransaction(transactional_id)
        return InitExpecting(transactional_id, self.expected)

    def on(self, answer: Answer) -> State:
        match answer:
            case Described(ongoing=False, epoch=epoch):
                return replace(self, expected=epoch)
            case Producer():
                return take.JoinMain(answer, self.me, self.picked)
        return take.Missed()


@dataclass(frozen=True, slots=True)
class PlainWrite(Step):
    """Reads an offset, and commits one without the fence. Without `put` it writes what it read."""

    group: str
    partition: int
    put: Committed | None
    found: Committed | None = None

    def request(self) -> Request:
        if self.found:
            return PlainCommit(_OUTSIDE, self.group, self.partition, self.found)
        return ReadOffsets(self.group)

    def on(self, answer: Answer) -> State:
        if not isinstance(answer, Offsets):
            return GaveUp()
        known = answer.get(self.partition)
        if self.partition in answer.undecided or bool(known) == bool(self.put):
            return GaveUp()
        return replace(self, found=self.put or known)


def plain_first(first: FirstFrontier) -> Step:
    """Commits the first frontier without the fence."""
    return PlainWrite(first.group, first.partition, first.put)


def plain_rewrite(rewrite: Rewrite) -> Step:
    """Keeps an offset alive without the fence."""
    return PlainWrite(rewrite.group, rewrite.partition, None)

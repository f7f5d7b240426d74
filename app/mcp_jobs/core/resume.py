"""Resume a claim that the Job has: take it over as the next attempt, read its messages again."""

from dataclasses import dataclass, replace

from mcp_jobs.core import names
from mcp_jobs.core.claimant import Claimant, Claimed
from mcp_jobs.core.entry import Entry, encode
from mcp_jobs.core.log import Reading
from mcp_jobs.core.record import Record
from mcp_jobs.core.requests import Answer, Fetch, OutOfRange, Request
from mcp_jobs.core.slot import SlotWrite, Written
from mcp_jobs.core.step import Pause, State, Step, unless_refused


def take_over(me: Claimant, partition: int, entry: Entry) -> SlotWrite:
    """The write that makes `me` the holder of `entry`, as attempt n+1."""
    return SlotWrite(
        transactional_id=names.settle_id(me.group, entry.slot),
        group=me.claim_group,
        partition=partition,
        expect=encode(entry),
        put=encode(entry.taken_over(me.holder)),
        patience=me.patience,
    )


@dataclass(frozen=True, slots=True)
class TakeOver(Step):
    """Write the takeover through the entry's slot (rule R3), then read the messages."""

    me: Claimant
    partition: int
    entry: Entry
    write: Step

    @classmethod
    def of(cls, me: Claimant, partition: int, entry: Entry) -> "TakeOver":
        """The takeover's first state. It ends as Claimed, Changed, Refused or GaveUp."""
        return cls(me, partition, entry, take_over(me, partition, entry).start())

    def request(self) -> Request:
        return self.write.request()

    def on(self, answer: Answer) -> State:
        match self.write.on(answer):
            case Step() as write:
                return replace(self, write=write)
            case Written():
                return Refetch(self.partition, self.entry.taken_over(self.me.holder))
            case ended:
                return ended


@dataclass(frozen=True, slots=True)
class Refetch(Step):
    """Read the claimed messages again: `records` were found so far, `start` is where to go on."""

    partition: int
    entry: Entry
    records: tuple[Record, ...] = ()
    start: int = 0

    def request(self) -> Request:
        wanted = self.entry.open_offsets
        return Fetch(self.partition, max(self.start, wanted[0]), len(wanted) - len(self.records))

    def on(self, answer: Answer) -> State:
        wanted = self.entry.open_offsets
        match answer:
            case Reading() if answer.next_offset <= max(self.start, wanted[0]):
                return Pause(self)  # nothing came: a quota, or a new leader that is not up to date yet
            case Reading():
                records = self.records + tuple(r for r in answer.records if r.offset in wanted)
                if answer.next_offset > wanted[-1]:
                    return Claimed(self.partition, self.entry, records)
                return replace(self, records=records, start=answer.next_offset)
            case OutOfRange() if self.start < answer.start <= wanted[-1]:
                return replace(self, start=answer.start)
            case OutOfRange():  # retention was faster than the Job
                return Claimed(self.partition, self.entry, self.records)
        return unless_refused(answer, Pause(self))

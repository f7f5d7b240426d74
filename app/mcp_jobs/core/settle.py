"""Settle: give one message of a claim its outcome, through the slot that the claim entry names."""

from dataclasses import dataclass, replace

from mcp_jobs.core import names
from mcp_jobs.core.entry import Entry, encode
from mcp_jobs.core.record import Output
from mcp_jobs.core.slot import SlotWrite


@dataclass(frozen=True, slots=True)
class Holding:
    """A claim as its holder (or a reconciler) knows it: where the entry is, and what it reads."""

    group: str
    job_uid: str
    partition: int
    entry: Entry

    def settlement(self, offset: int, outputs: tuple[Output, ...], *, patience: int = 0) -> SlotWrite:
        """The write that settles `offset` and produces `outputs`, e.g. the outcome."""
        return SlotWrite(
            transactional_id=names.settle_id(self.group, self.entry.slot),
            group=names.claim_group(self.group, self.job_uid),
            partition=self.partition,
            expect=encode(self.entry),
            put=encode(self.entry.with_settled(offset)),
            outputs=outputs,
            patience=patience,
        )

    def settled(self, offset: int) -> "Holding":
        """The claim once `offset` has its outcome."""
        return replace(self, entry=self.entry.with_settled(offset))

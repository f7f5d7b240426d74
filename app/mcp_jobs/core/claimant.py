"""Who claims, and what a claim comes to."""

from dataclasses import dataclass, field
from zlib import crc32

from mcp_jobs.core import names
from mcp_jobs.core.entry import Committed, Entry, Scope
from mcp_jobs.core.record import Record
from mcp_jobs.core.step import Ended


@dataclass(frozen=True, slots=True)
class Claimant:
    """Who claims. `holder` is new in every process, `topic_id` the topic's id as the broker names it.

    `began`: when it was ready to claim, in milliseconds since the epoch.
    `patience`: how many waits a transaction found under way is given before it is fenced.
    """

    group: str
    job_uid: str
    holder: str
    topic_id: str = ""
    batch_size: int = 1
    slots: int = 32
    scope: Scope = field(default_factory=Scope)
    job: str = ""
    patience: int = 0
    began: int = 0

    @property
    def claim_group(self) -> str:
        """The Job's memory."""
        return names.claim_group(self.group, self.job_uid)

    def entry(self, records: tuple[Record, ...]) -> Entry:
        """A new claim on these messages; the slot is chosen here, once and for all (rule R2)."""
        return Entry(
            offsets=tuple(record.offset for record in records),
            attempt=1,
            holder=self.holder,
            slot=crc32(self.job_uid.encode()) % self.slots,
            scope=self.scope,
            job=self.job,
        )

    def position(self, frontier: Committed) -> int:
        """Where to go on; at the log start where the frontier is that of an earlier topic of the name."""
        another = self.topic_id and frontier.metadata and frontier.metadata != self.topic_id
        return 0 if another else frontier.offset

    def frontier(self, offset: int) -> Committed:
        """The frontier of a partition, marked with the topic it belongs to."""
        return Committed(offset, self.topic_id)


@dataclass(frozen=True, slots=True)
class Claimed(Ended):
    """The Job holds these messages. `records` are those still to be settled, as far as the log has them."""

    partition: int
    entry: Entry
    records: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class NothingToClaim(Ended):
    """There was no message. `unknown`: partitions without a frontier, which nobody may guess (rule R6)."""

    unknown: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class AlreadySettled(Ended):
    """The Job has done its work: a Job claims once in its life."""


@dataclass(frozen=True, slots=True)
class TakenOver(Ended):
    """Another attempt holds the Job's claim; it is never taken back."""

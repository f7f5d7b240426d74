"""The broker as the claim protocol sees it: committed offsets, transactions and the log.

Immutable, hashable and canonical: what no request could tell apart is equal. Its behaviour was checked
against Apache Kafka 4.3.1; tests/integration/claim/test_broker_facts.py holds the facts in place.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from mcp_jobs.core import names
from mcp_jobs.core.entry import Committed
from mcp_jobs.core.record import Output

#: the main consumer group: its committed offsets are the frontiers
GROUP = "g"
#: topics
MESSAGES, OUTCOMES = "messages", "outcomes"

#: (producer id, epoch). The id is the actor's number and the epoch is 0, so that the states stay finite: an
#: actor lets go of a producer before it asks for the next, so who it is tells as much as which epoch it has
Owner = tuple[int, int]
NOBODY: Owner = (-1, 0)

#: records of a log: a message, one of an undecided and of an aborted transaction, markers of commit and abort
MESSAGE, OPEN, ABORTED, COMMIT_MARKER, ABORT_MARKER = "moacx"


class Status(StrEnum):
    """How far a transaction is."""

    EMPTY = "empty"  #: none yet, or the last one is complete
    ONGOING = "ongoing"
    COMMITTING = "committing"  #: decided, markers are on their way
    ABORTING = "aborting"


@dataclass(frozen=True, slots=True)
class Transaction:
    """What the transaction coordinator knows of a transactional id."""

    status: Status = Status.EMPTY
    owner: Owner = NOBODY
    groups: frozenset[str] = frozenset()
    outputs: tuple[Output, ...] = ()


@dataclass(frozen=True, slots=True)
class Pending:
    """A TxnOffsetCommit that is not decided. `beaten`: a later one on the same key became true first."""

    transactional_id: str
    group: str
    partition: int
    committed: Committed
    beaten: bool = False

    @property
    def key(self) -> tuple[str, int]:
        """What is to be written."""
        return self.group, self.partition


@dataclass(frozen=True, slots=True)
class Broker:
    """The whole state. `outcomes` are the (partition, offset) of the messages that have theirs."""

    logs: tuple[str, ...]
    offsets: tuple[tuple[tuple[str, int], Committed], ...] = ()
    transactions: tuple[tuple[str, Transaction], ...] = ()
    pending: tuple[Pending, ...] = ()
    outcomes: frozenset[tuple[int, int]] = frozenset()

    @classmethod
    def of(cls, logs: tuple[str, ...], frontiers: tuple[int | None, ...]) -> "Broker":
        """A broker before the first request; None where a partition has no frontier."""
        known = [(p, offset) for p, offset in enumerate(frontiers) if offset is not None]
        return cls(logs, tuple(((GROUP, p), Committed(offset)) for p, offset in known))

    def committed(self, group: str, partition: int) -> Committed | None:
        """A committed offset."""
        return dict(self.offsets).get((group, partition))

    def undecided(self, group: str) -> frozenset[int]:
        """The partitions of a group that a transaction is not decided over."""
        return frozenset(p.partition for p in self.pending if p.group == group)

    def transaction(self, transactional_id: str) -> Transaction:
        """The state of a transactional id."""
        return dict(self.transactions).get(transactional_id, Transaction())

    def entries(self) -> Iterator[tuple[str, int, Committed]]:
        """The claim entries: (claim group, partition, entry)."""
        return ((group, p, committed) for (group, p), committed in self.offsets if group != GROUP)

    def with_transaction(self, transactional_id: str, transaction: Transaction) -> "Broker":
        """The broker with another state of one transactional id."""
        changed = dict(self.transactions) | {transactional_id: transaction}
        kept = {key: value for key, value in changed.items() if value != Transaction()}
        return replace(self, transactions=tuple(sorted(kept.items(), key=lambda item: item[0])))

    def with_committed(self, key: tuple[str, int], committed: Committed) -> "Broker":
        """The broker with another committed offset."""
        changed = dict(self.offsets) | {key: committed}
        return replace(self, offsets=tuple(sorted(changed.items(), key=lambda item: item[0])))

    def with_pending(self, pending: Pending) -> "Broker":
        """The broker once a transaction wrote an offset: the order counts among writes to one key only."""
        others = [
            p for p in self.pending if (p.transactional_id, p.key) != (pending.transactional_id, pending.key)
        ]
        return replace(self, pending=tuple(sorted([*others, pending], key=lambda p: p.key)))

    def with_log(self, partition: int, log: str) -> "Broker":
        """The broker with another log of one partition."""
        return replace(self, logs=(*self.logs[:partition], log, *self.logs[partition + 1 :]))

    def without_group(self, group: str) -> "Broker":
        """DeleteGroups: what is pending goes too, and the broker raises no objection."""
        return replace(
            self,
            offsets=tuple(item for item in self.offsets if item[0][0] != group),
            pending=tuple(p for p in self.pending if p.group != group),
        )


def claim_group(job: int) -> str:
    """The claim group of a Job, by the product's own naming."""
    return names.claim_group(GROUP, job_uid(job))


def job_uid(job: int) -> str:
    """The uid of a Job."""
    return f"j{job}"

"""What a read-committed reader may see of a fetched piece of the log.

Kafka leaves the filtering to the client: a fetch answers with whole batches, control batches and
aborted transactions included (KIP-98, "Data flow").
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mcp_jobs.core.record import Record


@dataclass(frozen=True, slots=True)
class Batch:
    """One record batch; its records can be read once.

    `aborts` is set on the control batch that ends a transaction by abort.
    """

    first: int
    last: int
    producer_id: int = -1
    transactional: bool = False
    control: bool = False
    aborts: bool = False
    records: Iterable[Record] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """`records`, and the offset to go on from: past what was read and past every hole behind it."""

    records: tuple[Record, ...]
    next_offset: int


def readable(
    batches: Iterable[Batch], aborted: Iterable[tuple[int, int]], *, start: int, limit: int
) -> Reading:
    """Up to `limit` messages at or after `start`.

    `aborted` are the (producer id, first offset) of the transactions that the broker names as aborted.
    Control batches, aborted records and compaction holes are stepped over, not returned (rule R8).
    """
    found: list[Record] = []
    next_offset = start
    for batch in _without_aborted(batches, aborted):
        for record in batch.records:
            if record.offset < start:  # a compressed batch starts before the record that was asked for
                continue
            if len(found) == limit:
                return Reading(tuple(found), record.offset)
            found.append(record)
        next_offset = max(next_offset, batch.last + 1)
    return Reading(tuple(found), next_offset)


def _without_aborted(batches: Iterable[Batch], aborted: Iterable[tuple[int, int]]) -> Iterator[Batch]:
    """The batches in order, those without a message for us emptied."""
    pending = sorted(aborted, key=lambda transaction: transaction[1])
    dead: set[int] = set()
    for batch in batches:
        while pending and pending[0][1] <= batch.last:
            dead.add(pending.pop(0)[0])
        if batch.control and batch.aborts:
            dead.discard(batch.producer_id)
        hole = batch.control or (batch.transactional and batch.producer_id in dead)
        yield Batch(batch.first, batch.last) if hole else batch

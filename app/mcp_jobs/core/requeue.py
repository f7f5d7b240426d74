"""A message run again by way of a copy, where its Job left it behind."""

from mcp_jobs.core.lineage import REQUEUED
from mcp_jobs.core.record import Output, Place, Record

#: a message that its Job leaves behind once more goes to the dead letters
MOST_REQUEUES = 1


def requeues_of(record: Record) -> int:
    """How often the message was requeued before; what can't be read counts as too often."""
    return REQUEUED.copies(record, unreadable=MOST_REQUEUES)


def may_requeue(record: Record | None) -> bool:
    """Whether there is a message, and it was not requeued yet."""
    return record is not None and requeues_of(record) < MOST_REQUEUES


def copy_of(record: Record, topic: str, partition: int) -> Output:
    """The message once more, with its lineage in headers behind its own."""
    place = Place(partition, record.offset)
    own = tuple(header for header in record.headers if header[0] not in (REQUEUED.origin, REQUEUED.count))
    headers = own + REQUEUED.headers(topic, place, requeues_of(record) + 1)
    return Output(topic, record.key, record.value, headers)

"""A message run again by way of a copy: its lineage, and how often."""

import re

from mcp_jobs.core.record import Output, Place, Record

FROM = "mcp-jobs-requeued-from"
COUNT = "mcp-jobs-requeues"
#: a message that its Job leaves behind once more goes to the dead letters
MOST_REQUEUES = 1


def requeues_of(record: Record) -> int:
    """How often the message was requeued before; what can't be read counts as too often."""
    given = dict(record.headers).get(COUNT)
    if given is None:
        return 0
    return int(given) if re.fullmatch(rb"\d{1,9}", given) else MOST_REQUEUES


def may_requeue(record: Record | None) -> bool:
    """Whether there is a message, and it was not requeued yet."""
    return record is not None and requeues_of(record) < MOST_REQUEUES


def origin_of(record: Record, topic: str) -> Place | None:
    """Where the message stood in this topic that the record is a copy of; None where it is no copy."""
    given = dict(record.headers).get(FROM, b"")
    found = re.fullmatch(re.escape(topic.encode()) + rb"/(\d{1,10})/(\d{1,19})", given)
    return Place(int(found[1]), int(found[2])) if found else None


def copy_of(record: Record, topic: str, partition: int) -> Output:
    """The message once more, with its lineage in headers behind its own."""
    lineage = (
        (FROM, f"{topic}/{partition}/{record.offset}".encode()),
        (COUNT, str(requeues_of(record) + 1).encode()),
    )
    headers = tuple(header for header in record.headers if header[0] not in (FROM, COUNT))
    return Output(topic, record.key, record.value, headers + lineage)

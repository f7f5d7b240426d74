"""The lineage of a copy, in two headers: which message it was made from, and how many copies there are."""

import re
from dataclasses import dataclass

from mcp_jobs.core.record import Place, Record


@dataclass(frozen=True, slots=True)
class Lineage:
    """The names of the two headers, for one reason to copy."""

    origin: str
    count: str

    def copies(self, record: Record, unreadable: int) -> int:
        """How often the message was copied before. int() would refuse very long numbers."""
        given = dict(record.headers).get(self.count, b"0")
        return int(given) if re.fullmatch(rb"\d{1,9}", given) else unreadable

    def origin_of(self, record: Record, topic: str) -> Place | None:
        """Where the message stood in this topic that the record is a copy of; None where it is no copy."""
        given = dict(record.headers).get(self.origin, b"")
        found = re.fullmatch(re.escape(topic.encode()) + rb"/(\d{1,10})/(\d{1,19})", given)
        return Place(int(found[1]), int(found[2])) if found else None

    def headers(self, topic: str, place: Place, copies: int) -> tuple[tuple[str, bytes], ...]:
        """The headers of the next copy, of the message that stands at `place` of `topic`."""
        origin = f"{topic}/{place.partition}/{place.offset}"
        return (self.origin, origin.encode()), (self.count, str(copies).encode())


REQUEUED = Lineage("mcp-jobs-requeued-from", "mcp-jobs-requeues")
REDRIVEN = Lineage("mcp-jobs-redriven-from", "mcp-jobs-redrives")

"""Reads the topics that the runners write: outcomes and dead letters, from given offsets on."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from mcp_jobs.adapters.kafka.connection import Connection
from mcp_jobs.adapters.kafka.session import Session
from mcp_jobs.core.errors import ProtocolError
from mcp_jobs.core.log import Reading
from mcp_jobs.core.record import Place, Record
from mcp_jobs.core.requests import Answer, Ends, Fetch, OutOfRange, ReadEnds, Rejected, Request

#: records of one partition per fetch
_AT_ONCE = 100


class Tail:
    """The end of one topic: what is new in it, read committed, without a consumer group.

    `start` is where to begin, by partition; without it, at what is the end now.
    """

    def __init__(self, connection: Connection, topic: str, *, start: Mapping[int, int] | None = None) -> None:
        self._session = Session(connection, topic)
        self._next = dict(self._now() if start is None else start)

    def poll(self) -> Iterator[Record]:
        """The records that have come since; never waits for one. Raises ProtocolError."""
        for partition, end in self._ends().items():
            while self._next.setdefault(partition, 0) < end:
                records = self._fetch(partition)
                if records is None:
                    return
                yield from records

    def _fetch(self, partition: int) -> tuple[Record, ...] | None:
        """The next records of a partition; None where Kafka does not answer now."""
        match self._ask(Fetch(partition, self._next[partition], _AT_ONCE)):
            case Reading(records, next_offset) if next_offset > self._next[partition]:
                self._next[partition] = next_offset
                return records
            case OutOfRange(start, _):
                self._next[partition] = max(start, self._next[partition] + 1)
                return ()
        return None

    def _now(self) -> dict[int, int]:
        ends = self._ends()
        if not ends:
            raise ProtocolError("Kafka does not say where the topics of outcomes and dead letters end")
        return ends

    def _ends(self) -> dict[int, int]:
        answer = self._ask(ReadEnds())
        return {partition: end for partition, _, end in answer.ends} if isinstance(answer, Ends) else {}

    def _ask(self, request: Request) -> Answer:
        answer = self._session.execute(request)
        if isinstance(answer, Rejected):
            raise ProtocolError(answer.reason)
        return answer


def read_outcome(record: Record) -> dict[str, Any] | None:
    """The outcome as a JSON object, None where the record is none of ours."""
    try:
        outcome = json.loads(record.value or b"")
    except ValueError:
        return None
    return outcome if isinstance(outcome, dict) and "jobId" in outcome else None


def place_of(outcome: Mapping[str, Any]) -> Place:
    """Where the outcome's message stands."""
    return Place(int(outcome["partition"]), int(outcome["offset"]))


def origin_of(outcome: Mapping[str, Any]) -> Place | None:
    """Where the message stood that the outcome's message is a requeued copy of, if it is one."""
    origin = outcome.get("requeuedFrom")
    return place_of(origin) if origin else None

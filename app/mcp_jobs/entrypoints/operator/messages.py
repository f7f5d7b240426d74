"""Where the message of a jobId is: unclaimed, claimed by a Job, or over."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mcp_jobs.adapters.kafka.outcomes import place_of, read_outcome
from mcp_jobs.core.entry import Entry
from mcp_jobs.core.envelope import decode
from mcp_jobs.core.errors import EnvelopeError
from mcp_jobs.core.log import Reading
from mcp_jobs.core.record import Place, Record
from mcp_jobs.core.requests import Fetch, OutOfRange
from mcp_jobs.entrypoints.operator.desk import Desk
from mcp_jobs.reconciler.look import Snapshot

#: messages of one fetch
_AT_ONCE = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A message of the jobId. `entry` and `job_uid` say who holds it; `outcome` what became of it."""

    place: Place
    record: Record | None = None
    job_uid: str = ""
    entry: Entry | None = None
    outcome: dict[str, Any] | None = None


def find(desk: Desk, job_id: str) -> list[Found]:
    """Every message of a jobId that is known of, by place: a jobId may have been sent more than once.

    Raises ProtocolError.
    """
    seen = desk.look()
    found = {each.place: each for each in _open(desk, seen, job_id)}
    for record in desk.tail(desk.topics.outcomes).poll():
        outcome = read_outcome(record)
        if outcome and outcome["jobId"] == job_id:
            place = place_of(outcome)
            found[place] = Found(place=place, record=desk.message(place), outcome=outcome)
    return [found[place] for place in sorted(found)]


def _open(desk: Desk, seen: Snapshot, job_id: str) -> Iterator[Found]:
    """The messages without an outcome: those that Jobs hold, and those beyond the frontiers."""
    for partition, _, _ in seen.ends.ends:
        for uid, entry in seen.entries(partition):
            for offset in entry.open_offsets:
                place = Place(partition, offset)
                record = desk.message(place)
                if id_of(desk, place, record) == job_id:
                    yield Found(place=place, record=record, job_uid=uid, entry=entry)
    for place, record in unclaimed(desk, seen):
        if id_of(desk, place, record) == job_id:
            yield Found(place=place, record=record)


def unclaimed(desk: Desk, seen: Snapshot) -> Iterator[tuple[Place, Record]]:
    """The messages beyond the frontiers, by partition. Those that retention deleted are left out."""
    frontiers = {partition: committed.offset for partition, committed in seen.frontiers.committed}
    for partition, start, end in seen.ends.ends:
        offset = max(frontiers.get(partition, start), start)
        while offset < end:
            match desk.kafka.messages.execute(Fetch(partition, offset, _AT_ONCE)):
                case Reading(records, next_offset) if next_offset > offset:
                    yield from ((Place(partition, record.offset), record) for record in records)
                    offset = next_offset
                case OutOfRange(begin, _) if begin > offset:
                    offset = begin
                case _:
                    break


def id_of(desk: Desk, place: Place, record: Record | None) -> str:
    """The id that the message's outcome has or will have."""
    try:
        if record:
            return decode(record.value, record.headers).job_id
    except EnvelopeError as error:
        if error.job_id:
            return error.job_id
    return f"{desk.topics.messages}-{place.partition}-{place.offset}"

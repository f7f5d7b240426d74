"""Which message of a jobId came first: kept for a while, so that a second one is settled without a run.

Each jobId has a group of its own, whose one committed offset is written through a transactional id that all
writers of that jobId share. So of two messages at once, one is first for both of them.
"""

import hashlib
import json
from dataclasses import dataclass

from mcp_jobs.core import names
from mcp_jobs.core.entry import Committed
from mcp_jobs.core.errors import ProtocolError
from mcp_jobs.core.lineage import REDRIVEN, REQUEUED
from mcp_jobs.core.record import Place, Record
from mcp_jobs.core.slot import SlotWrite

#: the partition whose committed offset it is; every topic has it
PARTITION = 0
#: transactional ids for all jobIds of a group
_SLOTS = 32


@dataclass(frozen=True, slots=True)
class First:
    """The first message of a jobId: where it stands, and when it was claimed.

    `at` is in milliseconds since the epoch.
    """

    place: Place
    at: int
    topic_id: str = ""

    def encode(self) -> Committed:
        """As a committed offset."""
        document = {"v": 1, "t": self.topic_id, "p": self.place.partition, "at": self.at}
        return Committed(self.place.offset, json.dumps(document, separators=(",", ":")))

    @classmethod
    def decode(cls, committed: Committed) -> "First":
        """From a committed offset. Raises ProtocolError where somebody else has written it."""
        try:
            document = json.loads(committed.metadata)
            place = Place(int(document["p"]), committed.offset)
            return cls(place, int(document["at"]), str(document["t"]))
        except (ValueError, KeyError, TypeError) as error:
            raise ProtocolError(
                "what is kept about the jobId can't be read: did somebody write to its group?"
            ) from error


def group_of(group: str, job_id: str) -> str:
    """The group that remembers the jobId."""
    return names.job_id_group(group, _digest(job_id))


def is_copy(record: Record) -> bool:
    """Whether the message was sent again on purpose: requeued, or redriven from the dead letters."""
    found = {name for name, _ in record.headers}
    return bool(found & {REQUEUED.origin, REDRIVEN.origin})


def first_of(found: Committed | None, mine: First, *, window: int) -> First | None:
    """The message that came before mine, at most `window` milliseconds ago; None where mine is the first."""
    if found is None:
        return None
    known = First.decode(found)
    is_mine = (known.topic_id, known.place) == (mine.topic_id, mine.place)
    return None if is_mine or mine.at - known.at > window else known


def write(group: str, job_id: str, found: Committed | None, mine: First, *, patience: int) -> SlotWrite:
    """The write that makes mine the first, if nobody writes before."""
    slot = int(_digest(job_id), 16) % _SLOTS
    return SlotWrite(
        transactional_id=names.job_id_id(group, slot),
        group=group_of(group, job_id),
        partition=PARTITION,
        expect=found,
        put=mine.encode(),
        patience=patience,
    )


def _digest(job_id: str) -> str:
    return hashlib.sha256(job_id.encode(errors="surrogatepass")).hexdigest()[:32]

"""The claim entry: what a Job remembers of its claim, kept as the metadata of a committed offset."""

import json
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from mcp_jobs.core.errors import ProtocolError

#: bytes an entry's metadata may take; Kafka's own limit (offset.metadata.max.bytes) is 4096
MAX_METADATA = 2000


@dataclass(frozen=True, slots=True)
class Committed:
    """A committed offset as Kafka keeps it."""

    offset: int
    metadata: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose claim it is. A reconciler judges the entries of its own scope only."""

    cluster: str = ""
    namespace: str = ""
    workload: str = "default"


@dataclass(frozen=True, slots=True)
class Entry:
    """A claim on `offsets` of one partition (ascending; more than one in batch mode).

    `settled` is a bit mask over `offsets`, `slot` the settle slot that every later write goes through.
    """

    offsets: tuple[int, ...]
    attempt: int
    holder: str
    slot: int
    settled: int = 0
    scope: Scope = Scope()
    job: str = ""

    @property
    def done(self) -> bool:
        """Whether every message of the claim has its outcome."""
        return self.settled == (1 << len(self.offsets)) - 1

    @property
    def open_offsets(self) -> tuple[int, ...]:
        """The offsets that have no outcome yet."""
        return tuple(o for i, o in enumerate(self.offsets) if not self.settled >> i & 1)

    def taken_over(self, holder: str) -> "Entry":
        """The entry as the next attempt holds it."""
        return replace(self, attempt=self.attempt + 1, holder=holder)

    def with_settled(self, offset: int) -> "Entry":
        """The entry once `offset` has its outcome."""
        return replace(self, settled=self.settled | 1 << self.offsets.index(offset))


@lru_cache(maxsize=16384)
def encode(entry: Entry) -> Committed:
    """The entry as a committed offset. Raises ProtocolError where the metadata would be too large."""
    first = entry.offsets[0]
    document = {
        "v": 1,
        "n": entry.attempt,
        "h": entry.holder,
        "s": entry.slot,
        "b": f"{entry.settled:x}",
        "d": _deltas(entry.offsets),
        "sc": [entry.scope.cluster, entry.scope.namespace, entry.scope.workload],
        "j": entry.job,
    }
    metadata = json.dumps(document, separators=(",", ":"))
    if len(metadata) > MAX_METADATA:
        raise ProtocolError(
            f"the claim entry takes {len(metadata)} bytes, {MAX_METADATA} are allowed: use a smaller batch"
        )
    return Committed(first, metadata)


@lru_cache(maxsize=16384)
def decode(committed: Committed) -> Entry:
    """The entry of a committed offset. Raises ProtocolError where it is not one of ours."""
    try:
        document = json.loads(committed.metadata)
        if document["v"] != 1:
            raise ProtocolError(f"the claim entry has version {document['v']}, this mcp-jobs reads version 1")
        return Entry(
            offsets=_offsets(committed.offset, document["d"]),
            attempt=int(document["n"]),
            holder=str(document["h"]),
            slot=int(document["s"]),
            settled=int(document["b"], 16),
            scope=Scope(*document["sc"]),
            job=str(document["j"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ProtocolError(
            f"the claim entry at offset {committed.offset} is not readable: did somebody write to the group?"
        ) from error


def _deltas(offsets: tuple[int, ...]) -> int | list[int]:
    """A count where the offsets are consecutive, else the distances between them."""
    first = offsets[0]
    if offsets == tuple(range(first, first + len(offsets))):
        return len(offsets)
    return [b - a for a, b in pairwise(offsets)]


def _offsets(first: int, deltas: int | list[int]) -> tuple[int, ...]:
    if isinstance(deltas, int):
        return tuple(range(first, first + deltas))
    offsets = [first]
    for delta in deltas:
        offsets.append(offsets[-1] + delta)
    return tuple(offsets)

"""The frontier checkpoint: what is remembered outside of Kafka, in case Kafka forgets (rule R6).

A partition without a committed offset is new, or its offset expired or was deleted. What the frontier then is
differs: the start of the log, or what it was. So it is never guessed.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from mcp_jobs.core.entry import Committed, decode
from mcp_jobs.core.errors import ProtocolError
from mcp_jobs.core.requests import Ends, Offsets


@dataclass(frozen=True, kw_only=True, slots=True)
class Checkpoint:
    """The frontiers of one topic (`topic_id`: another topic of that name is another topic).

    `partitions`: those below are known, with or without a frontier. `saved` and `kept_alive`: when it was
    made, and when all offsets were last written anew, in milliseconds since the epoch.
    """

    topic_id: str
    partitions: int
    frontiers: Mapping[int, int] = field(default_factory=dict)
    saved: int = 0
    kept_alive: int = 0

    def after(self, topic_id: str, frontiers: Mapping[int, int], now: int) -> "Checkpoint":
        """The checkpoint that follows: what is missing in `frontiers` is not forgotten."""
        before = self if topic_id == self.topic_id else Checkpoint(topic_id=topic_id, partitions=0)
        merged = {**before.frontiers, **frontiers}
        partitions = before.partitions
        while partitions in merged:  # a new one is known once it has a frontier
            partitions += 1
        return replace(before, partitions=partitions, frontiers=merged, saved=now)

    def knows(self, topic_id: str, partition: int) -> bool:
        """Whether the partition had a frontier, as far as anybody knows."""
        return topic_id == self.topic_id and (partition < self.partitions or partition in self.frontiers)

    def covers(self, offsets: Offsets) -> bool:
        """Whether every claim of a group lies below the frontiers kept here, so that the group may go."""
        return all(decode(c).offsets[-1] < self.frontiers.get(p, 0) for p, c in offsets.committed)


def to_json(checkpoint: Checkpoint) -> str:
    """The checkpoint as it is kept."""
    document = {
        "v": 1,
        "topicId": checkpoint.topic_id,
        "partitions": checkpoint.partitions,
        "frontiers": {str(partition): offset for partition, offset in sorted(checkpoint.frontiers.items())},
        "saved": checkpoint.saved,
        "keptAlive": checkpoint.kept_alive,
    }
    return json.dumps(document, separators=(",", ":"))


def from_json(text: str) -> Checkpoint:
    """A kept checkpoint. Raises ProtocolError where it is not one."""
    try:
        document: Any = json.loads(text)
        if document["v"] != 1:
            raise ProtocolError(f"the checkpoint has version {document['v']}, this mcp-jobs reads version 1")
        return Checkpoint(
            topic_id=str(document["topicId"]),
            partitions=int(document["partitions"]),
            frontiers={int(partition): int(offset) for partition, offset in document["frontiers"].items()},
            saved=int(document["saved"]),
            kept_alive=int(document["keptAlive"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ProtocolError("the frontier checkpoint is not readable: did somebody edit it?") from error


@dataclass(frozen=True, slots=True)
class Begin:
    """The partition is new: its frontier is the start of its log."""

    partition: int
    put: Committed


@dataclass(frozen=True, slots=True)
class Restore:
    """The partition's offset is gone, and this is what it was."""

    partition: int
    put: Committed


@dataclass(frozen=True, slots=True)
class Unknown:
    """The partition's offset is missing, and nobody but a person can say what it was."""

    partition: int
    why: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Missing:
    """What is known of a topic in which frontiers may be missing.

    `claimed`: by partition, the offset behind the highest message of all claim entries.
    """

    topic_id: str
    frontiers: Offsets
    ends: Ends
    claimed: Mapping[int, int]
    checkpoint: Checkpoint | None

    def plan(self) -> list[Begin | Restore | Unknown]:
        """What to do about each partition without a frontier."""
        known = {partition for partition, _ in self.frontiers.committed} | self.frontiers.undecided
        return [self._judge(p, start, end) for p, start, end in self.ends.ends if p not in known]

    def _judge(self, partition: int, start: int, end: int) -> Begin | Restore | Unknown:
        checkpoint = self.checkpoint
        if checkpoint is None:
            return Unknown(partition, "there is no checkpoint of it yet")
        if not checkpoint.knows(self.topic_id, partition):
            if partition in self.claimed:
                return Unknown(partition, "it is new to the checkpoint, and yet has claims")
            if start < 0:
                return Unknown(partition, "nobody says where its log starts")
            return Begin(partition, Committed(start, self.topic_id))
        if partition not in checkpoint.frontiers:
            return Unknown(partition, "the checkpoint does not have it")
        offset = max(checkpoint.frontiers[partition], self.claimed.get(partition, 0))
        if offset > end:
            return Unknown(partition, f"it was {offset}, which is beyond the end of the log at {end}")
        return Restore(partition, Committed(offset, self.topic_id))

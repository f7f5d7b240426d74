"""What endangers the claim frontier: other users of the group, resets, a topic that is not the same."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from mcp_jobs.core.entry import Committed
from mcp_jobs.core.requests import Ends, Offsets


class AlarmReason(StrEnum):
    """The kinds of danger; the value is the label in metrics."""

    MEMBERS = "members"  #: somebody consumes with the group
    BACKWARDS = "backwards"  #: the frontier moved back
    BELOW_CLAIMS = "below-claims"  #: there are claims above the frontier
    BEYOND_END = "beyond-end"  #: the frontier lies behind the end of the log
    RETENTION = "retention"  #: messages were deleted before a Job claimed them
    TOPIC = "topic"  #: the frontier was made for another topic of that name
    MISSING = "missing"  #: a partition has no frontier, and nobody knows what it was


_SENTENCES = {
    AlarmReason.MEMBERS: (
        "the consumer group {group} is in use (state {state}): somebody consumes with it, and its commits"
        " move the claim frontier. It belongs to mcp-jobs alone; stop that consumer or give it another group"
    ),
    AlarmReason.BACKWARDS: (
        "the committed offset of {where} moved back from {before} to {frontier}: somebody reset it, and the"
        " messages between run again"
    ),
    AlarmReason.BELOW_CLAIMS: (
        "the committed offset of {where} is {frontier}, but messages up to {last} are claimed: somebody"
        " reset it, and those messages run again"
    ),
    AlarmReason.BEYOND_END: (
        "the committed offset of {where} is {frontier}, but the log ends at {end}: somebody reset it, or the"
        " topic lost messages. Nothing is claimed there until you reset it"
    ),
    AlarmReason.RETENTION: (
        "the committed offset of {where} is {frontier}, but the log starts at {start}: retention deleted up"
        " to {gap} messages that no Job had claimed"
    ),
    AlarmReason.TOPIC: (
        "the committed offset of {where} was made for the topic with the id {metadata}, but the topic has"
        " the id {topic_id}: it was deleted and created again. Reset the offset"
    ),
    AlarmReason.MISSING: (
        "{where} has no committed offset, and {why}: nothing is claimed there until one is committed, by"
        " `mcp-jobs init` for a new installation, or else by kafka-consumer-groups.sh --reset-offsets"
    ),
}


@dataclass(frozen=True, slots=True)
class Alarm:
    """One danger, as a sentence; `partition` is None where it is about the whole group."""

    reason: AlarmReason
    sentence: str
    partition: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Frontiers:
    """What is known of the frontiers of a group.

    `state` is the group's (ListGroups), "" where it is not listed; `claimed`: by partition, the offset behind
    the highest message of all claim entries; `before`: the frontiers seen last.
    """

    group: str
    topic_id: str
    state: str
    committed: Offsets
    ends: Ends
    claimed: Mapping[int, int]
    before: Mapping[int, int]

    def alarms(self) -> Iterator[Alarm]:
        """Every danger there is."""
        if self.state not in ("", "Empty", "Dead"):
            yield _alarm(AlarmReason.MEMBERS, None, group=self.group, state=self.state)
        logs = {partition: (start, end) for partition, start, end in self.ends.ends}
        for partition, committed in self.committed.committed:
            if partition in logs:
                yield from self._of(partition, committed, *logs[partition])

    def _of(self, partition: int, committed: Committed, start: int, end: int) -> Iterator[Alarm]:
        frontier, metadata = committed.offset, committed.metadata
        before, claimed = self.before.get(partition, 0), self.claimed.get(partition, 0)
        found = {
            AlarmReason.BACKWARDS: frontier < before,
            AlarmReason.BELOW_CLAIMS: frontier < claimed,
            AlarmReason.BEYOND_END: frontier > end,
            AlarmReason.RETENTION: frontier < start,
            AlarmReason.TOPIC: metadata not in ("", self.topic_id),
        }
        facts = {"frontier": frontier, "before": before, "last": claimed - 1, "start": start, "end": end}
        for reason in (reason for reason, holds in found.items() if holds):
            yield _alarm(
                reason,
                partition,
                **facts,
                where=f"partition {partition} of {self.group}",
                gap=start - frontier,
                metadata=metadata,
                topic_id=self.topic_id,
            )


def missing(group: str, partition: int, why: str) -> Alarm:
    """The danger of a partition whose frontier is missing."""
    return _alarm(AlarmReason.MISSING, partition, where=f"partition {partition} of {group}", why=why)


def _alarm(reason: AlarmReason, partition: int | None, **facts: object) -> Alarm:
    return Alarm(reason, _SENTENCES[reason].format(**facts), partition)

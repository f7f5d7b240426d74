"""Which claims nobody will finish: those of Jobs that are over, or gone (rule R5). What becomes of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from mcp_jobs.core.entry import Entry, Scope, decode
from mcp_jobs.core.requests import Offsets


class JobState(StrEnum):
    """What Kubernetes says of a claim's Job, asked live and by uid."""

    ACTIVE = "active"
    COMPLETE = "complete"
    FAILED = "failed"
    GONE = "gone"


class Fate(StrEnum):
    """What becomes of a message that its Job left claimed; the value is the policy's word for it."""

    DEAD_LETTER = "dead-letter"
    REQUEUE = "requeue"


@dataclass(frozen=True, slots=True)
class Fates:
    """What policy says: for Jobs that are Complete, and for those that Failed or are gone."""

    complete: Fate = Fate.REQUEUE
    failed: Fate = Fate.DEAD_LETTER

    def of(self, state: JobState) -> Fate:
        """The fate of what a Job in `state` left claimed. A Job that is not over may get no second run."""
        if state is JobState.ACTIVE:
            return Fate.DEAD_LETTER
        return self.complete if state is JobState.COMPLETE else self.failed


def unsettled(offsets: Offsets, scope: Scope) -> Iterator[tuple[int, Entry]]:
    """The entries of a claim group that have open messages, by partition.

    Undecided partitions are not judged, nor is another scope's entry (rule R9).
    """
    for partition, committed in offsets.committed:
        entry = decode(committed)
        if partition not in offsets.undecided and not entry.done and entry.scope == scope:
            yield partition, entry


def orphans(offsets: Offsets, job: JobState, scope: Scope) -> Iterator[tuple[int, Entry]]:
    """The unsettled entries of a Job's claim group that are to be settled for it, by partition.

    A Complete Job is no proof: its pod may have settled one claim while another pod of it made a second.
    """
    if job is not JobState.ACTIVE:
        yield from unsettled(offsets, scope)


def forgettable(offsets: Offsets, scope: Scope) -> bool:
    """Whether a claim group is nothing but memory: decided, ours, all of it settled (rule R4)."""
    entries = [decode(committed) for _, committed in offsets.committed]
    return bool(entries) and not offsets.undecided and all(e.done and e.scope == scope for e in entries)

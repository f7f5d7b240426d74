"""Which claims nobody will finish: those of Jobs that are over, or gone (rule R5)."""

from collections.abc import Iterator
from enum import StrEnum

from mcp_jobs.core.entry import Entry, Scope, decode
from mcp_jobs.core.requests import Offsets


class JobState(StrEnum):
    """What Kubernetes says of a claim's Job, asked live and by uid."""

    ACTIVE = "active"
    COMPLETE = "complete"
    FAILED = "failed"
    GONE = "gone"


def orphans(offsets: Offsets, job: JobState, scope: Scope) -> Iterator[tuple[int, Entry]]:
    """The unsettled entries of a Job's claim group that are to be settled for it, by partition.

    A Complete Job is no proof: its pod may have settled one claim while another pod of it made a second.
    Undecided partitions are not judged, nor is another scope's entry (rule R9).
    """
    if job is JobState.ACTIVE:
        return
    for partition, committed in offsets.committed:
        entry = decode(committed)
        if partition not in offsets.undecided and not entry.done and entry.scope == scope:
            yield partition, entry

"""Cancels one message: before a Job has claimed it, or in the midst of its run."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from mcp_jobs.core import cancel as core
from mcp_jobs.core.entry import Entry
from mcp_jobs.core.errors import ProtocolError
from mcp_jobs.core.failure import Failure, FailureClass
from mcp_jobs.core.names import Topics
from mcp_jobs.core.outcome import Job
from mcp_jobs.core.record import Place
from mcp_jobs.core.requests import Answer, Elapsed, Wait, WaitReason
from mcp_jobs.core.settle import Holding
from mcp_jobs.core.step import Refused, drive
from mcp_jobs.reconciler.look import Snapshot, look
from mcp_jobs.reconciler.notices import Notices
from mcp_jobs.reconciler.ports import Kafka
from mcp_jobs.reconciler.settler import Orphan, Settled, Settler

_CLAIMED = Failure(kind=FailureClass.CANCELLED, message="cancelled while it ran", retriable=False)


@dataclass(frozen=True, slots=True)
class NeverRuns:
    """Nobody had claimed the message. A Job will claim it and settle it as cancelled, without a run."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """The message is settled as cancelled. `job` had claimed it, and has so many `others` still to do."""

    job: Job
    others: int


@dataclass(frozen=True, slots=True)
class Over:
    """The message had its outcome before. Nothing was done."""


Cancellation = NeverRuns | Stopped | Over


def cancel(
    kafka: Kafka, topics: Topics, group: str, place: Place, *, max_attempts: int, patience: int = 8
) -> Cancellation:
    """Cancel the message at `place`; what it came to is what the claim says afterwards.

    The caller deletes the Job of Stopped, and only then: a Job that is gone first would be judged by the
    reconciler. Raises ProtocolError.
    """
    mark = core.Cancel(group, place.partition, place.offset, kafka.topic_id, patience)
    kafka.messages.reset_waits()
    match drive(mark.start(), kafka.messages.execute):
        case core.Cancelled():
            return NeverRuns()
        case core.AlreadyClaimed():
            settler = Settler(kafka.messages, topics, max_attempts=max_attempts, patience=patience)
            return _stop(kafka, settler, group, place)
        case Refused(rejection):
            raise ProtocolError(rejection.reason)
    raise ProtocolError("Kafka does not answer now, or others were claiming all the time: try again")


def _stop(kafka: Kafka, settler: Settler, group: str, place: Place) -> Cancellation:
    kafka.messages.reset_waits()
    waited: Answer = Elapsed()
    while isinstance(waited, Elapsed):
        seen = look(kafka, group, Notices())
        found = next(_claims_on(seen, place), None)
        if found is None:
            if not any(place.partition in offsets.undecided for offsets in seen.claims.values()):
                return Over()
            waited = kafka.messages.execute(Wait(WaitReason.CONTENDED))
            continue
        uid, entry = found
        now = int(time.time() * 1000)
        holding = Holding(group, uid, place.partition, entry)
        job = Job(name=entry.job, uid=uid, pod=entry.holder.rpartition("/")[0])
        orphan = Orphan(holding=holding, job=job, failure=_CLAIMED, started=now, ended=now)
        if settler.settle_one(orphan, holding, place.offset) is Settled.DEAD_LETTER:
            return Stopped(job, len(entry.open_offsets) - 1)
        waited = kafka.messages.execute(Wait(WaitReason.CONTENDED))
    raise ProtocolError("the claim changed all the time, or Kafka does not answer now: try again")


def _claims_on(seen: Snapshot, place: Place) -> Iterator[tuple[str, Entry]]:
    """The Job that holds the message, and its entry, where there is one."""
    for uid, entry in seen.entries(place.partition):
        if place.offset in entry.open_offsets:
            yield uid, entry

"""Settles what failed Jobs left claimed, as the admission helper's reconciler does in a cluster."""

import time
from collections.abc import Callable

from mcp_jobs.adapters.kafka.provision import Names
from mcp_jobs.adapters.kafka.session import Session
from mcp_jobs.core import names
from mcp_jobs.core.entry import Entry, Scope
from mcp_jobs.core.envelope import Envelope, decode
from mcp_jobs.core.errors import EnvelopeError, ProtocolError
from mcp_jobs.core.failure import Failure, FailureClass
from mcp_jobs.core.log import Reading
from mcp_jobs.core.outcome import Attempt, one_line
from mcp_jobs.core.outcome import Job as Who
from mcp_jobs.core.reconcile import JobState, orphans
from mcp_jobs.core.record import Record
from mcp_jobs.core.report import WorkReport
from mcp_jobs.core.requests import Fetch, Offsets, ReadOffsets, Rejected
from mcp_jobs.core.settle import Holding
from mcp_jobs.core.slot import Changed, Written
from mcp_jobs.core.step import Ended, GaveUp, Refused, drive
from mcp_jobs.local.job import Job

#: waits that a transaction found under way is given before it is fenced
_PATIENCE = 8


class Reconciler:
    """Gives the messages of failed Jobs their outcome. `explain` says what a Job's log complains about."""

    def __init__(
        self,
        session: Session,
        topics: Names,
        *,
        group: str,
        scope: Scope,
        explain: Callable[[Job], str],
    ) -> None:
        self._session = session
        self._topics = topics
        self._group = group
        self._scope = scope
        self._explain = explain

    def settle(self, job: Job, state: JobState = JobState.FAILED) -> int | None:
        """Settle what a Job left claimed; how many messages it were, None where it is to be tried again."""
        offsets = self._session.execute(ReadOffsets(names.claim_group(self._group, job.uid)))
        if isinstance(offsets, Rejected):
            raise ProtocolError(offsets.reason)
        if not isinstance(offsets, Offsets) or offsets.undecided:
            return None
        count = 0
        for partition, entry in orphans(offsets, state, self._scope):
            holding = Holding(self._group, job.uid, partition, entry)
            for offset in entry.open_offsets:
                if not self._settled(job, holding, offset):
                    return None
                holding = holding.settled(offset)
                count += 1
        return count

    def _settled(self, job: Job, holding: Holding, offset: int) -> bool:
        attempt = self._attempt(job, holding.partition, holding.entry, offset)
        self._session.reset_waits()
        end: Ended = GaveUp()
        for bare in (False, True):  # without the message where its topic does not take it
            outputs = attempt.outputs(self._topics.outcomes, self._topics.dead_letters, bare=bare)
            write = holding.settlement(offset, outputs, patience=_PATIENCE)
            end = drive(write.start(), self._session.execute)
            if not (isinstance(end, Refused) and end.rejection.too_large):
                break
        match end:
            case Written() | Changed():
                return True
            case Refused(rejection):
                raise ProtocolError(rejection.reason)
        return False

    def _attempt(self, job: Job, partition: int, entry: Entry, offset: int) -> Attempt:
        record = self._record(partition, offset)
        now = int(time.time() * 1000)
        return Attempt(
            topic=self._topics.messages,
            partition=partition,
            offset=offset,
            record=record,
            envelope=_envelope(record),
            number=entry.attempt,
            job=Who(name=job.name, uid=job.uid),
            started=now,
            finished=now,
            report=WorkReport(failure=self._failure(job)),
        )

    def _record(self, partition: int, offset: int) -> Record | None:
        reading = self._session.execute(Fetch(partition, offset, 1))
        found = reading.records if isinstance(reading, Reading) else ()
        return found[0] if found and found[0].offset == offset else None

    def _failure(self, job: Job) -> Failure:
        attempts = f"{job.failures} attempts" if job.failures > 1 else "one attempt"
        message = f"{attempts} ended without an outcome: {job.reason or 'the platform was stopped'}"
        said = one_line(self._explain(job))
        if said:
            message += f"; its log says: {said}"
        return Failure(kind=FailureClass.ATTEMPTS, message=message, retriable=False)


def _envelope(record: Record | None) -> Envelope | None:
    try:
        return decode(record.value, record.headers) if record else None
    except EnvelopeError:
        return None

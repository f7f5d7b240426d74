"""Settles what failed Jobs left claimed, as the admission helper's reconciler does in a cluster."""

import time
from collections.abc import Callable

from mcp_jobs.adapters.kafka.session import Session
from mcp_jobs.core import names
from mcp_jobs.core.entry import Scope
from mcp_jobs.core.errors import ProtocolError
from mcp_jobs.core.failure import Failure, FailureClass
from mcp_jobs.core.names import Topics
from mcp_jobs.core.outcome import Job as Who
from mcp_jobs.core.outcome import one_line
from mcp_jobs.core.reconcile import JobState, orphans
from mcp_jobs.core.requests import Offsets, ReadOffsets, Rejected
from mcp_jobs.core.settle import Holding
from mcp_jobs.local.job import Job
from mcp_jobs.reconciler.settler import Orphan, Settler, Tracing


class Reconciler:
    """Gives the messages of failed Jobs their outcome. `explain` says what a Job's log complains about."""

    def __init__(
        self,
        session: Session,
        topics: Topics,
        *,
        group: str,
        scope: Scope,
        explain: Callable[[Job], str],
        tracing: Tracing | None = None,
    ) -> None:
        self._session = session
        # A Job has counted its attempts itself.
        self._settler = Settler(session, topics, max_attempts=100, tracing=tracing)
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
            for settled in self._settler.settle(
                self._orphan(job, Holding(self._group, job.uid, partition, entry))
            ):
                if not settled.done:
                    return None
                count += 1
        return count

    def _orphan(self, job: Job, holding: Holding) -> Orphan:
        now = int(time.time() * 1000)
        attempts = f"{job.failures} attempts" if job.failures > 1 else "one attempt"
        message = f"{attempts} ended without an outcome: {job.reason or 'the platform was stopped'}"
        said = one_line(self._explain(job))
        if said:
            message += f"; its log says: {said}"
        return Orphan(
            holding=holding,
            job=Who(name=job.name, uid=job.uid),
            failure=Failure(kind=FailureClass.ATTEMPTS, message=message, retriable=False),
            started=now,
            ended=now,
        )

"""Settles messages for a Job that will not: dead letter or requeue, through the slot of the claim."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from loguru import logger

from mcp_jobs.core.envelope import Envelope, decode
from mcp_jobs.core.errors import EnvelopeError, ProtocolError
from mcp_jobs.core.failure import Failure
from mcp_jobs.core.log import Reading
from mcp_jobs.core.names import Topics
from mcp_jobs.core.outcome import Attempt, Job, one_line
from mcp_jobs.core.reconcile import Fate
from mcp_jobs.core.record import Output, Record
from mcp_jobs.core.report import WorkReport
from mcp_jobs.core.requests import Fetch, OutOfRange, Rejected
from mcp_jobs.core.requeue import copy_of, may_requeue
from mcp_jobs.core.settle import Holding
from mcp_jobs.core.slot import Changed, Written
from mcp_jobs.core.spans import orphan_span
from mcp_jobs.core.step import Ended, Refused, drive
from mcp_jobs.core.trace import log_fields, place_of, trace_of
from mcp_jobs.reconciler.ports import Asks, SendSpans


class Settled(StrEnum):
    """What became of a message."""

    DEAD_LETTER = "dead-letter"  #: it has its outcome; a dead letter too, unless nothing failed
    REQUEUED = "requeued"
    NOT_NOW = "not-now"  #: somebody else changed the claim: look again
    NO_ANSWER = "no-answer"  #: Kafka did not answer, or others were writing all the time

    @property
    def done(self) -> bool:
        """Whether the message is out of its Job's hands."""
        return self in (Settled.DEAD_LETTER, Settled.REQUEUED)


@dataclass(frozen=True, kw_only=True, slots=True)
class Orphan:
    """A claim to be settled: whose it was, why, and what is to become of it.

    `started` and `ended` are the Job's times, milliseconds since the epoch.
    """

    holding: Holding
    job: Job
    failure: Failure
    started: int
    ended: int
    fate: Fate = Fate.DEAD_LETTER


@dataclass(frozen=True, slots=True)
class Tracing:
    """Where spans go, and the id of the topic whose messages they are about."""

    send: SendSpans
    topic_id: str


class Settler:
    """Settles orphans of one workload. `patience`: waits before somebody's open transaction is fenced.

    `tracing` gets a span for each settlement.
    """

    def __init__(
        self,
        asks: Asks,
        topics: Topics,
        *,
        max_attempts: int,
        patience: int = 8,
        tracing: Tracing | None = None,
    ) -> None:
        self._asks = asks
        self._topics = topics
        self._max_attempts = max_attempts
        self._patience = patience
        self._tracing = tracing

    def settle(self, orphan: Orphan) -> Iterator[Settled]:
        """Settle each open message of the claim; ends after the first that is not. Raises ProtocolError."""
        holding = orphan.holding
        for offset in holding.entry.open_offsets:
            result = self.settle_one(orphan, holding, offset)
            yield result
            if not result.done:
                return
            holding = holding.settled(offset)

    def settle_one(self, orphan: Orphan, holding: Holding, offset: int) -> Settled:
        """Settle one open message of the claim, which reads as `holding` now. Raises ProtocolError."""
        found = self._read(holding.partition, offset)
        if found is None:
            return Settled.NO_ANSWER
        began = _now()
        attempt = self._attempt(orphan, offset, found.record)
        if orphan.fate is Fate.REQUEUE and attempt.envelope and found.record and may_requeue(found.record):
            copy = copy_of(found.record, self._topics.messages, holding.partition)
            end = self._write(holding, offset, (copy,))
            if not _too_large(end):
                self._trace(end, attempt, orphan, began)
                return self._said(end, attempt, Settled.REQUEUED)
        for bare in (False, True):  # without the message where its topic does not take it
            outputs = attempt.outputs(self._topics.outcomes, self._topics.dead_letters, bare=bare)
            end = self._write(holding, offset, outputs)
            if not _too_large(end):
                break
        self._trace(end, attempt, orphan, began)
        return self._said(end, attempt, Settled.DEAD_LETTER)

    def _trace(self, end: Ended, attempt: Attempt, orphan: Orphan, began: int) -> None:
        if self._tracing and isinstance(end, Written):
            self._tracing.send(list(orphan_span(attempt, orphan.holding.group, (began, _now()))))

    def _write(self, holding: Holding, offset: int, outputs: tuple[Output, ...]) -> Ended:
        self._asks.reset_waits()
        write = holding.settlement(offset, outputs, patience=self._patience)
        return drive(write.start(), self._asks.execute)

    def _read(self, partition: int, offset: int) -> "_Found | None":
        """The message, None where Kafka does not answer: it is not gone for that."""
        self._asks.reset_waits()
        match self._asks.execute(Fetch(partition, offset, 1)):
            case Reading(records, next_offset) if next_offset > offset:
                return _Found(records[0] if records and records[0].offset == offset else None)
            case OutOfRange():
                return _Found(None)
            case Rejected(reason=reason):
                raise ProtocolError(reason)
        return None

    def _attempt(self, orphan: Orphan, offset: int, record: Record | None) -> Attempt:
        envelope, known_id = _envelope(record)
        topic = self._tracing.topic_id if self._tracing else self._topics.messages
        trace = trace_of(
            record,
            envelope.traceparent if envelope else None,
            place_of(topic, orphan.holding.partition, offset),
            f"{orphan.job.uid}/settle",
            always=self._tracing is not None,
        )
        return Attempt(
            topic=self._topics.messages,
            partition=orphan.holding.partition,
            offset=offset,
            record=record,
            envelope=envelope,
            number=min(orphan.holding.entry.attempt, self._max_attempts),
            job=orphan.job,
            started=min(orphan.started, orphan.ended),
            finished=orphan.ended,
            report=WorkReport(failure=orphan.failure),
            known_id=known_id,
            trace=trace,
        )

    def _said(self, end: Ended, attempt: Attempt, settled: Settled) -> Settled:
        log = logger.bind(
            jobId=attempt.job_id,
            partition=attempt.partition,
            offset=attempt.offset,
            **log_fields(attempt.trace),
        )
        failure = attempt.report.failure
        why = one_line(failure.message) if failure else ""
        match end:
            case Written():
                done = "requeued" if settled is Settled.REQUEUED else "dead letter written"
                if failure and failure.status != "failed":
                    done = "settled without a run"
                log.bind(**{"class": failure and failure.kind}).warning(f"{done} for {attempt.job_id}: {why}")
                return settled
            case Refused(rejection):
                raise ProtocolError(f"{attempt.job_id} can't be settled: {rejection.reason}")
        log.info(f"{attempt.job_id} is not settled now: somebody else is at it")
        return Settled.NOT_NOW if isinstance(end, Changed) else Settled.NO_ANSWER


@dataclass(frozen=True, slots=True)
class _Found:
    """What the log has at an offset; None where retention deleted it."""

    record: Record | None


def _too_large(end: Ended) -> bool:
    return isinstance(end, Refused) and end.rejection.too_large


def _envelope(record: Record | None) -> tuple[Envelope | None, str | None]:
    """The envelope, or else the job id as far as it could be read."""
    try:
        return (decode(record.value, record.headers) if record else None), None
    except EnvelopeError as error:
        return None, error.job_id


def _now() -> int:
    return int(time.time() * 1000)

"""The runner once its claim has ended: work on the messages, settle them, say so."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from loguru import logger

from mcp_jobs.core.claimant import AlreadySettled, Claimant, Claimed, NothingToClaim, TakenOver
from mcp_jobs.core.entry import Committed, Entry, decode
from mcp_jobs.core.envelope import Envelope
from mcp_jobs.core.envelope import decode as decode_envelope
from mcp_jobs.core.errors import EnvelopeError, ProtocolError
from mcp_jobs.core.exits import Exit
from mcp_jobs.core.failure import Failure, FailureClass
from mcp_jobs.core.names import Topics
from mcp_jobs.core.outcome import Attempt, Job, one_line
from mcp_jobs.core.record import Place, Record
from mcp_jobs.core.report import WorkReport
from mcp_jobs.core.requests import Answer, Request
from mcp_jobs.core.settle import Holding
from mcp_jobs.core.slot import Changed, Written
from mcp_jobs.core.spans import Period
from mcp_jobs.core.step import Ended, GaveUp, Refused, drive
from mcp_jobs.core.trace import Trace, log_fields, place_of, trace_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Runner:
    """One runner. `settle` asks Kafka for the settlement, which no signal stops; `work` runs an envelope's
    servers, `unwanted` says why a message is not to run; `clock` gives milliseconds since the epoch.
    `tracing`: messages whose producer sent no trace have one, too. `over` is told of each attempt that is
    over, and when its outcome was written.
    """

    me: Claimant
    job: Job
    topics: Topics
    max_attempts: int
    settle: Callable[[Request], Answer]
    work: Callable[[Envelope], WorkReport]
    unwanted: Callable[[Place, Record | None], Failure | None]
    clock: Callable[[], int]
    tracing: bool = False
    over: Callable[[Attempt, Period | None], None] = lambda attempt, settled: None

    def finish(self, end: Ended) -> Exit:
        """Do what the end of the claim asks for."""
        return self._process(end) if isinstance(end, Claimed) else without_claim(end)

    def _process(self, claimed: Claimed) -> Exit:
        """Each message of the claim in turn; what is to be retried stays unsettled for the next attempt."""
        holding = Holding(self.me.group, self.me.job_uid, claimed.partition, claimed.entry)
        worst = Exit.DONE
        for offset, record in _open(claimed):
            with logger.contextualize(
                partition=claimed.partition, offset=offset, attempt=claimed.entry.attempt
            ):
                try:
                    attempt = self._attempt(claimed, offset, record)
                except ProtocolError as error:
                    logger.error(str(error))
                    worst = Exit.RETRY
                    continue
                failure = attempt.report.failure
                if failure and failure.retriable and attempt.number < self.max_attempts:
                    self.over(attempt, None)
                    logger.bind(**{"class": failure.kind}, **log_fields(attempt.trace)).warning(
                        f"attempt {attempt.number} of {self.max_attempts} failed: {failure.message}"
                    )
                    worst = Exit.RETRY
                    continue
                if not self._settle(holding, attempt):
                    return Exit.RETRY
                holding = holding.settled(offset)
                if failure and failure.status == "failed" and worst is Exit.DONE:
                    worst = Exit.FAILED
        return worst

    def _attempt(self, claimed: Claimed, offset: int, record: Record | None) -> Attempt:
        """Work on one message of the claim, if it is still wanted. Raises ProtocolError."""
        unwanted = self.unwanted(Place(claimed.partition, offset), record)
        return self.attempt(claimed.partition, claimed.entry, offset, record, unwanted=unwanted)

    def attempt(
        self,
        partition: int,
        entry: Entry,
        offset: int,
        record: Record | None,
        *,
        unwanted: Failure | None = None,
    ) -> Attempt:
        """Work on one message. Whatever it is, there is a report in the end."""
        started, known_id = self.clock(), None
        try:
            envelope = decode_envelope(record.value, record.headers) if record else None
            problem = unwanted
        except EnvelopeError as error:
            envelope, known_id = None, error.job_id
            problem = Failure(kind=FailureClass.ENVELOPE, message=str(error), retriable=False)
        trace = trace_of(
            record,
            envelope.traceparent if envelope else None,
            place_of(self.me.topic_id or self.topics.messages, partition, offset),
            self.me.holder,
            always=self.tracing,
        )
        report = WorkReport(failure=problem) if problem else self._report(entry, envelope, trace)
        return Attempt(
            topic=self.topics.messages,
            partition=partition,
            offset=offset,
            record=record,
            envelope=envelope,
            number=min(entry.attempt, self.max_attempts),
            job=self.job,
            started=started,
            finished=self.clock(),
            report=report,
            known_id=known_id,
            trace=trace,
        )

    def _report(self, entry: Entry, envelope: Envelope | None, trace: Trace | None) -> WorkReport:
        if envelope is None:
            return failed(FailureClass.EXPIRED, "the topic's retention deleted the message before it ran")
        if entry.attempt > self.max_attempts:
            return failed(FailureClass.ATTEMPTS, f"{self.max_attempts} attempts ended without an outcome")
        with logger.contextualize(jobId=envelope.job_id, tenant=envelope.tenant, **log_fields(trace)):
            servers, calls = len(envelope.servers), len(envelope.calls)
            logger.info(f"attempt {entry.attempt} at {envelope.job_id}: {servers} servers, {calls} calls")
            return self.work(replace(envelope, traceparent=trace.header if trace else None))

    def _settle(self, holding: Holding, attempt: Attempt) -> bool:
        """Record the outcome; False where this attempt may not, or can't."""
        end: Ended = GaveUp()
        for bare in (False, True):
            outputs = attempt.outputs(self.topics.outcomes, self.topics.dead_letters, bare=bare)
            write = holding.settlement(attempt.offset, outputs, patience=self.me.patience)
            end = drive(write.start(), self.settle)
            if not (isinstance(end, Refused) and end.rejection.too_large):
                break
            logger.warning(f"{end.rejection.reason}; settled without the message and its results instead")
        self.over(attempt, (attempt.finished, self.clock()) if isinstance(end, Written) else None)
        with logger.contextualize(jobId=attempt.job_id, **log_fields(attempt.trace)):
            return settled(end, attempt)


def _open(claimed: Claimed) -> Iterator[tuple[int, Record | None]]:
    records = {record.offset: record for record in claimed.records}
    for offset in claimed.entry.open_offsets:
        yield offset, records.get(offset)


def failed(kind: FailureClass, message: str) -> WorkReport:
    """The report of a message that was not run and never will be."""
    return WorkReport(failure=Failure(kind=kind, message=message, retriable=False))


def settled(end: Ended, attempt: Attempt) -> bool:
    """Say how the settlement ended, and whether the message has its outcome."""
    failure = attempt.report.failure
    match end:
        case Written() if failure and failure.status != "failed":
            logger.info(f"settled without a run: {failure.message}")
            return True
        case Written() if failure:
            logger.bind(**{"class": failure.kind}).error(
                f"failed, dead letter written: {one_line(failure.message)}"
            )
            return True
        case Written():
            logger.info(f"succeeded in {attempt.finished - attempt.started} ms")
            return True
        case Changed(_, Committed() as found) if attempt.offset not in decode(found).open_offsets:
            logger.warning("somebody else has settled the message already")
            return True
        case Changed():
            logger.warning("another attempt has taken the message over; this one ends without an outcome")
        case Refused(rejection):
            logger.error(f"the outcome can't be written: {rejection.reason}")
        case _:
            logger.error("the outcome could not be written in time; the next attempt runs the message again")
    return False


def without_claim(end: Ended) -> Exit:
    """Say why nothing was claimed."""
    match end:
        case AlreadySettled():
            logger.info("the Job has settled its message already")
            return Exit.DONE
        case NothingToClaim(unknown) if unknown:
            logger.error(
                f"partitions {sorted(unknown)} have no committed offset, so nothing is claimed there:"
                " run `mcp-jobs init` once to commit one"
            )
            return Exit.RETRY
        case NothingToClaim():
            logger.info("nothing to claim")
            return Exit.DONE
        case TakenOver():
            logger.warning("another attempt of the Job has taken its message over")
        case Refused(rejection):
            logger.error(rejection.reason)
        case GaveUp():
            logger.warning("others were claiming all the time; gave up")
        case _:
            raise ProtocolError(f"the claim ended as {end!r}")
    return Exit.RETRY

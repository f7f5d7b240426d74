"""Is a claimed message still wanted? Not where it was cancelled, or where its jobId came before."""

from collections.abc import Callable
from dataclasses import dataclass

from mcp_jobs.core import duplicate
from mcp_jobs.core.cancel import Cancel, IsCancelled, Told
from mcp_jobs.core.claimant import Claimant
from mcp_jobs.core.duplicate import First
from mcp_jobs.core.entry import Committed
from mcp_jobs.core.envelope import decode
from mcp_jobs.core.errors import EnvelopeError, ProtocolError
from mcp_jobs.core.failure import Failure, FailureClass
from mcp_jobs.core.record import Place, Record
from mcp_jobs.core.requests import (
    Answer,
    Elapsed,
    Offsets,
    ReadOffsets,
    Rejected,
    Request,
    Wait,
    WaitReason,
)
from mcp_jobs.core.slot import Written
from mcp_jobs.core.step import Ended, Refused, drive

#: how often others may write about the same jobId between our look and our write
_TRIES = 10
_CANCELLED = Failure(kind=FailureClass.CANCELLED, message="cancelled before it ran", retriable=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Unwanted:
    """Asks Kafka. `window`: milliseconds for which a jobId is run once; 0 asks nothing about it."""

    me: Claimant
    ask: Callable[[Request], Answer]
    clock: Callable[[], int]
    window: int = 0

    def why(self, place: Place, record: Record | None) -> Failure | None:
        """Why the message is not to run, None where it is. Raises ProtocolError: that can't be told now."""
        if self._is_cancelled(place):
            return _CANCELLED
        job_id = _job_id(record) if self.window else None
        if record is None or job_id is None or duplicate.is_copy(record):
            return None
        first = self._first(job_id, First(place, self.clock(), self.me.topic_id))
        if first is None:
            return None
        return Failure(
            kind=FailureClass.DUPLICATE,
            message=f"the jobId {job_id} has run {_ago(self.clock() - first.at)} ago already: see the message"
            f" at offset {first.place.offset} of partition {first.place.partition}",
            retriable=False,
        )

    def _is_cancelled(self, place: Place) -> bool:
        question = Cancel(self.me.group, place.partition, place.offset, self.me.topic_id)
        end = drive(IsCancelled(question), self.ask)
        return end.cancelled if isinstance(end, Told) else _fail(end)

    def _first(self, job_id: str, mine: First) -> First | None:
        """The message that came before mine; None once mine is written down as the first."""
        for _ in range(_TRIES):
            found = self._found(job_id)
            first = duplicate.first_of(found, mine, window=self.window)
            if first or (found and First.decode(found).place == mine.place):
                return first
            write = duplicate.write(self.me.group, job_id, found, mine, patience=self.me.patience)
            end = drive(write.start(), self.ask)
            if isinstance(end, Written):
                return None
            if isinstance(end, Refused):
                _fail(end)
        raise ProtocolError(f"others were writing about the jobId {job_id} all the time")

    def _found(self, job_id: str) -> Committed | None:
        """A plain read will do: the write verifies it under its fence."""
        question = ReadOffsets(duplicate.group_of(self.me.group, job_id), stable=False)
        waited: Answer = Elapsed()
        while isinstance(waited, Elapsed):
            answer = self.ask(question)
            if isinstance(answer, Offsets):
                return answer.get(duplicate.PARTITION)
            if isinstance(answer, Rejected):
                raise ProtocolError(answer.reason)
            waited = self.ask(Wait(WaitReason.CONTENDED))
        raise ProtocolError("Kafka does not answer now")


def _fail(end: Ended) -> bool:
    if isinstance(end, Refused):
        raise ProtocolError(end.rejection.reason)
    raise ProtocolError("Kafka does not say in time whether the message is still wanted")


def _job_id(record: Record | None) -> str | None:
    """The message's own id, None where it has none that can be read."""
    try:
        return decode(record.value, record.headers).job_id if record else None
    except EnvelopeError:
        return None


def _ago(milliseconds: int) -> str:
    seconds = max(0, milliseconds // 1000)
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60} min"

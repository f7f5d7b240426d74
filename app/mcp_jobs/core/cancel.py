"""Cancel a message nobody has claimed: mark it, so that the Job which claims it settles it without a run.

The mark is written under the fence of the partition's claims, after a look at the frontier. So every claim of
the message comes either before the fence, and is seen, or after the mark, and sees it.
"""

from dataclasses import dataclass

from mcp_jobs.core import names
from mcp_jobs.core.entry import Committed
from mcp_jobs.core.fenced import Change, Fence, Look
from mcp_jobs.core.marks import Mark, Marks
from mcp_jobs.core.requests import Answer, Offsets, Producer, ReadOffsets, Rejected, Request
from mcp_jobs.core.step import Ended, Pause, Refused, State, Step, unless_refused
from mcp_jobs.core.transaction import politely


@dataclass(frozen=True, slots=True)
class Cancel(Change):
    """Mark the message at `offset`; `topic_id` is that of the topic now. Ends as Cancelled or AlreadyClaimed.

    `patience`: how many waits a claim found under way is given before it is fenced.
    """

    group: str
    partition: int
    offset: int
    topic_id: str = ""
    patience: int = 0

    def start(self) -> Step:
        return politely(self.writers(), self.patience, Fence(self))

    def writers(self) -> str:
        return names.claim_id(self.group, self.partition)

    def target(self) -> tuple[str, int]:
        return names.cancel_group(self.group, self.offset), self.partition

    def look(self, producer: Producer) -> Look:
        return CheckFrontier(producer, self, self.group)

    def made(self, put: Committed) -> Ended:
        return Cancelled()

    def marks(self, committed: Committed | None) -> Marks:
        """What is marked in the message's span."""
        return Marks.around(self.offset, self.topic_id).read(committed)

    def is_claimed(self, frontier: Committed) -> bool:
        """Whether the frontier is past the message. That of an earlier topic of the name says nothing."""
        another = self.topic_id and frontier.metadata and frontier.metadata != self.topic_id
        return not another and frontier.offset > self.offset


@dataclass(frozen=True, slots=True)
class Cancelled(Ended):
    """The message is marked: it never runs."""


@dataclass(frozen=True, slots=True)
class AlreadyClaimed(Ended):
    """A Job has the message, or had it. Nothing was written."""


@dataclass(frozen=True, slots=True)
class CheckFrontier(Look):
    """Is the message unclaimed?"""

    change: Cancel

    def found(self, committed: Committed | None) -> State:
        cancel = self.change
        if committed is None:
            none = f"partition {cancel.partition} has no committed offset"
            return self.leave(Refused(Rejected(f"{none}: run `mcp-jobs init` once to commit one")))
        if cancel.is_claimed(committed):
            return self.leave(AlreadyClaimed())
        return ReadMarks(self.producer, cancel, cancel.target()[0])


@dataclass(frozen=True, slots=True)
class ReadMarks(Look):
    """Which of its neighbours are marked?"""

    change: Cancel

    def found(self, committed: Committed | None) -> State:
        marks = self.change.marks(committed)
        if marks.of(self.change.offset) is Mark.CANCELLED:
            return self.leave(Cancelled())
        return self.put(marks.put(Mark.CANCELLED, [self.change.offset]).encode())


@dataclass(frozen=True, slots=True)
class Told(Ended):
    """Whether the message is cancelled."""

    cancelled: bool


@dataclass(frozen=True, slots=True)
class IsCancelled(Step):
    """Is a claimed message cancelled? Asked once its claim is committed, when no mark can come any more."""

    cancel: Cancel

    def request(self) -> Request:
        return ReadOffsets(self.cancel.target()[0])

    def on(self, answer: Answer) -> State:
        if not isinstance(answer, Offsets):
            return unless_refused(answer, Pause(self))
        if self.cancel.partition in answer.undecided:
            return Pause(self)
        marks = self.cancel.marks(answer.get(self.cancel.partition))
        return Told(marks.of(self.cancel.offset) is Mark.CANCELLED)

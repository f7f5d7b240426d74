"""Cancel a message nobody has claimed: mark it, so that the Job which claims it settles it without a run.

The mark is written under the fence of the partition's claims, after a look at the frontier. So every claim of
the message comes either before the fence, and is seen, or after the mark, and sees it.
"""

from dataclasses import dataclass

from mcp_jobs.core import names
from mcp_jobs.core.entry import Committed
from mcp_jobs.core.marks import Mark, Marks
from mcp_jobs.core.requests import (
    AddGroup,
    Answer,
    CommitOffset,
    EndTransaction,
    InitProducer,
    Offsets,
    Producer,
    ReadOffsets,
    Rejected,
    Request,
)
from mcp_jobs.core.step import Ended, Pause, Refused, State, Step, unless_refused
from mcp_jobs.core.transaction import InTransaction, Polite


@dataclass(frozen=True, slots=True)
class Cancel:
    """Mark the message at `offset`; `topic_id` is that of the topic now.

    `patience`: how many waits a claim found under way is given before it is fenced.
    """

    group: str
    partition: int
    offset: int
    topic_id: str = ""
    patience: int = 0

    def start(self) -> Step:
        """The machine's first state. It ends as Cancelled, AlreadyClaimed, Refused or GaveUp."""
        fence = Fence(self)
        claims = names.claim_id(self.group, self.partition)
        return Polite(claims, self.patience, fence) if self.patience else fence

    @property
    def marks_group(self) -> str:
        """Where the mark goes."""
        return names.cancel_group(self.group, self.offset)

    @property
    def blank(self) -> Marks:
        """The message's span without marks."""
        return Marks.around(self.offset, self.topic_id)

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
class Fence(Step):
    """Keep claimants out."""

    cancel: Cancel

    def request(self) -> Request:
        return InitProducer(names.claim_id(self.cancel.group, self.cancel.partition))

    def on(self, answer: Answer) -> State:
        if isinstance(answer, Producer):
            return Join(answer, self.cancel)
        return unless_refused(answer, Pause(self))


@dataclass(frozen=True, slots=True)
class InCancel(InTransaction):
    """A step of the marking. Doing it twice does no harm."""

    cancel: Cancel

    def fenced(self) -> State:
        return Pause(self.cancel.start())

    def lost(self) -> State:
        return Fence(self.cancel)


@dataclass(frozen=True, slots=True)
class Join(InCancel):
    """Open the transaction."""

    def request(self) -> Request:
        return AddGroup(self.producer, self.cancel.marks_group)

    def done(self) -> State:
        return CheckFrontier(self.producer, self.cancel)


@dataclass(frozen=True, slots=True)
class CheckFrontier(InCancel):
    """Is the message unclaimed? Read under the fence, stable (rule R7)."""

    def request(self) -> Request:
        return ReadOffsets(self.cancel.group)

    def read(self, offsets: Offsets) -> State:
        partition = self.cancel.partition
        if partition in offsets.undecided:
            return self.leave(Pause(self.cancel.start()))
        frontier = offsets.get(partition)
        if frontier is None:
            missing = f"partition {partition} has no committed offset: run `mcp-jobs init` once to commit one"
            return self.leave(Refused(Rejected(missing)))
        if self.cancel.is_claimed(frontier):
            return self.leave(AlreadyClaimed())
        return ReadMarks(self.producer, self.cancel)


@dataclass(frozen=True, slots=True)
class ReadMarks(InCancel):
    """Which of its neighbours are marked?"""

    def request(self) -> Request:
        return ReadOffsets(self.cancel.marks_group)

    def read(self, offsets: Offsets) -> State:
        if self.cancel.partition in offsets.undecided:
            return self.leave(Pause(self.cancel.start()))
        marks = self.cancel.blank.read(offsets.get(self.cancel.partition))
        if marks.of(self.cancel.offset) is Mark.CANCELLED:
            return self.leave(Cancelled())
        return Put(self.producer, self.cancel, marks.put(Mark.CANCELLED, [self.cancel.offset]))


@dataclass(frozen=True, slots=True)
class Put(InCancel):
    """Write the mark."""

    marks: Marks

    def request(self) -> Request:
        committed = self.marks.encode()
        return CommitOffset(self.producer, self.cancel.marks_group, self.cancel.partition, committed)

    def done(self) -> State:
        return Commit(self.producer, self.cancel)


@dataclass(frozen=True, slots=True)
class Commit(InCancel):
    """Make it true."""

    def request(self) -> Request:
        return EndTransaction(self.producer, commit=True)

    def done(self) -> State:
        return Cancelled()


@dataclass(frozen=True, slots=True)
class Told(Ended):
    """Whether the message is cancelled."""

    cancelled: bool


@dataclass(frozen=True, slots=True)
class IsCancelled(Step):
    """Is a claimed message cancelled? Asked once its claim is committed, when no mark can come any more."""

    cancel: Cancel

    def request(self) -> Request:
        return ReadOffsets(self.cancel.marks_group)

    def on(self, answer: Answer) -> State:
        if not isinstance(answer, Offsets):
            return unless_refused(answer, Pause(self))
        if self.cancel.partition in answer.undecided:
            return Pause(self)
        marks = self.cancel.blank.read(answer.get(self.cancel.partition))
        return Told(marks.of(self.cancel.offset) is Mark.CANCELLED)

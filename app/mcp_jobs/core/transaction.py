"""What the steps inside a Kafka transaction have in common: the ways out of it."""

from abc import abstractmethod
from dataclasses import dataclass, replace

from mcp_jobs.core.requests import (
    Answer,
    Busy,
    Described,
    DescribeTransaction,
    Done,
    EndTransaction,
    Fenced,
    Lost,
    Offsets,
    Producer,
    Rejected,
    Request,
)
from mcp_jobs.core.step import Pause, Refused, State, Step


@dataclass(frozen=True, slots=True)
class InTransaction(Step):
    """A step between the fence and the end of a transaction."""

    producer: Producer

    def on(self, answer: Answer) -> State:
        match answer:
            case Done():
                return self.done()
            case Offsets():
                return self.read(answer)
            case Busy():
                return Pause(self)
            case Fenced():
                return self.fenced()
            case Lost():
                return self.lost()
            case Rejected():
                return self.leave(Refused(answer))
        raise self.unexpected(answer)

    def done(self) -> State:
        """After a write that was done."""
        raise self.unexpected(Done())

    def read(self, offsets: Offsets) -> State:
        """After a read."""
        raise self.unexpected(offsets)

    @abstractmethod
    def fenced(self) -> State:
        """After another producer took the transactional id: the transaction is aborted."""

    @abstractmethod
    def lost(self) -> State:
        """After a lost answer: the next fence decides the transaction."""

    def leave(self, then: State) -> "Leave":
        """Abort, then go on with `then`."""
        return Leave(self.producer, then)


@dataclass(frozen=True, slots=True)
class Leave(Step):
    """Abort, whatever the answer: the next fence would abort it anyway."""

    producer: Producer
    then: State

    def request(self) -> Request:
        return EndTransaction(self.producer, commit=False)

    def on(self, answer: Answer) -> State:
        return self.then


@dataclass(frozen=True, slots=True)
class Sighting:
    """A transaction found under way under `epoch`, for the `waits`-th time: our own count, no clock."""

    epoch: tuple[int, int]
    waits: int

    @classmethod
    def of(cls, epoch: tuple[int, int], before: "Sighting | None") -> "Sighting":
        """The sighting that follows `before`."""
        return cls(epoch, before.waits + 1 if before and before.epoch == epoch else 1)


def politely(transactional_id: str, patience: int, fence: Step) -> Step:
    """Fence, once a transaction found under way had so many waits."""
    return Polite(transactional_id, patience, fence) if patience else fence


@dataclass(frozen=True, slots=True)
class Polite(Step):
    """Is somebody in a transaction? Give the same one at most `patience` waits, then fence."""

    transactional_id: str
    patience: int
    fence: Step
    sighting: Sighting | None = None

    def request(self) -> Request:
        return DescribeTransaction(self.transactional_id)

    def on(self, answer: Answer) -> State:
        if not isinstance(answer, Described) or not answer.ongoing:
            return self.fence
        sighting = Sighting.of(answer.epoch, self.sighting)
        return self.fence if sighting.waits > self.patience else Pause(replace(self, sighting=sighting))

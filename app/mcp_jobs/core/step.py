"""The shape of the protocol's state machines: a state makes one request, its answer leads to the next."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

from mcp_jobs.core.errors import ProtocolError
from mcp_jobs.core.requests import Answer, Elapsed, Rejected, Request, Wait, WaitReason


class Ended:
    """A state without a request: the machine has come to its end."""


class Step(ABC):
    """A state that waits for the answer to its request. States are frozen, comparable and hashable."""

    @abstractmethod
    def request(self) -> Request:
        """What to ask now."""

    @abstractmethod
    def on(self, answer: Answer) -> "State":
        """The state that the answer leads to."""

    def unexpected(self, answer: Answer) -> ProtocolError:
        """For an answer that no rule covers: a fault in the code that executes the requests."""
        return ProtocolError(f"{type(self).__name__} can't go on from the answer {answer!r}")


State = Step | Ended


@dataclass(frozen=True, slots=True)
class GaveUp(Ended):
    """Others held the transactional ids until the time was over. Nothing was written."""


@dataclass(frozen=True, slots=True)
class Refused(Ended):
    """Kafka refuses for good; nothing was written."""

    rejection: Rejected


@dataclass(frozen=True, slots=True)
class Pause(Step):
    """Give way for a moment, then go on with `then`; once the time is over, end as `late`."""

    then: Step
    reason: WaitReason = WaitReason.CONTENDED
    late: Ended = GaveUp()

    def request(self) -> Request:
        return Wait(self.reason)

    def on(self, answer: Answer) -> State:
        return self.then if isinstance(answer, Elapsed) else self.late


def unless_refused(answer: Answer, otherwise: State) -> State:
    """What a read that did not succeed leads to."""
    return Refused(answer) if isinstance(answer, Rejected) else otherwise


def drive(state: State, ask: Callable[[Request], Answer]) -> Ended:
    """Run a machine to its end; `ask` executes one request."""
    while isinstance(state, Step):
        state = state.on(ask(state.request()))
    return state

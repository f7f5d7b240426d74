"""What the next step of an actor that has a request leads to.

A pair of broker and actor comes up in a great many states of the whole; the answers, and the machines' ways
on from them, are the same each time: they are worked out once and kept by number.
"""

from collections.abc import Iterator
from typing import NamedTuple

from mcp_jobs.core.errors import ProtocolError
from mcp_jobs.core.requests import (
    Answer,
    CommitOffset,
    Elapsed,
    Expired,
    Lost,
    Produce,
    Producer,
    Rejected,
    Request,
    Wait,
    WaitReason,
)
from mcp_jobs.core.step import State, Step
from model import promises
from model.answers import answers
from model.broker import Broker
from model.memo import Memo, Numbers
from model.merge import merges
from model.sentences import sentence
from model.violation import Violation

#: pairs of request and answer, as numbers
Asked = tuple[tuple[int, int], ...]


class Move(NamedTuple):
    """One step of an actor. `fault`: an answer was lost or a write refused. `asked` is what led to it."""

    broker: int
    state: int
    fault: bool
    asked: Asked


class Moves:
    """The moves of the actors of these names.

    `faults`: answers may be lost and writes refused; `merge`: see model.merge.
    """

    def __init__(self, names: tuple[str, ...], *, faults: bool, merge: bool) -> None:
        self._names, self._faults, self._merge = names, faults, merge
        self.brokers: Numbers[Broker] = Numbers()
        self.states: Numbers[State] = Numbers()
        self._requests: Numbers[Request] = Numbers()
        self._answers: Numbers[Answer] = Numbers()
        self._sound: Memo[int, None] = Memo(lambda broker: promises.always(self.brokers[broker]))
        self._request = Memo(self._work_request)
        self._answer = Memo(self._work_answer)
        self._after = Memo(self._work_after)
        self._lost = self._answers.of(Lost())
        self._refused = self._answers.of(Rejected("refused"))
        self._waited = self._answers.of(Elapsed()), self._answers.of(Expired())

    def broker(self, broker: Broker) -> int:
        """The number of a broker, in which holds what always must."""
        number = self.brokers.of(broker)
        self._sound[number]
        return number

    def of(self, actor: int, broker: int, state: int) -> list[Move]:
        """The moves of an actor. Raises Violation."""
        if self._request[state] < 0:
            return []
        found: dict[tuple[int, int], Move] = {}
        for move in self._ask(actor, broker, state, ()):
            known = found.setdefault((move.broker, move.state), move)
            if known.fault and not move.fault:  # what may go wrong is saved for later
                found[move.broker, move.state] = move
        found.pop((broker, state), None)  # nothing changed: the actor waits for others
        return list(found.values())

    def told(self, asked: Asked) -> Iterator[str]:
        """What was asked and answered, as sentences."""
        for request, answer in asked:
            yield sentence(self._requests[request], self._answers[answer])

    def _ask(self, actor: int, broker: int, state: int, asked: Asked) -> Iterator[Move]:
        request = self._request[state]
        for after, answer in self._answer[actor, broker, request]:
            yield from self._go_on(actor, after, state, (*asked, (request, answer)))
            if self._faults and after != broker:
                yield from self._go_on(actor, after, state, (*asked, (request, self._lost)))
        if self._faults:  # the request itself is lost, or the answer to a read
            yield from self._go_on(actor, broker, state, (*asked, (request, self._lost)))
        if self._faults and isinstance(self._requests[request], CommitOffset | Produce):
            yield from self._go_on(actor, broker, state, (*asked, (request, self._refused)))

    def _go_on(self, actor: int, broker: int, state: int, asked: Asked) -> Iterator[Move]:
        """After the last answer of `asked`. A wait ends at once, as time touches nobody else."""
        request, answer = asked[-1]
        fault = answer in (self._lost, self._refused)
        state = self._after[state, answer]
        following = self._request[state]
        if following < 0:
            yield Move(broker, state, fault, asked)
        elif isinstance(wait := self._requests[following], Wait):
            # only the time for looking ends: to give up giving way is what a crash is
            for waited in self._waited[: 2 if wait.reason is WaitReason.IDLE else 1]:
                yield Move(broker, self._after[state, waited], fault, (*asked, (following, waited)))
        elif self._merge and merges(
            self._requests[request], self._answers[answer], self._requests[following]
        ):
            yield from self._ask(actor, broker, state, asked)
        else:
            yield Move(broker, state, fault, asked)

    def _work_request(self, state: int) -> int:
        """The number of a state's request; -1 where it has none."""
        step = self.states[state]
        return self._requests.of(step.request()) if isinstance(step, Step) else -1

    def _work_answer(self, key: tuple[int, int, int]) -> list[tuple[int, int]]:
        """The brokers and answers that a request of an actor leads to."""
        actor, broker, number = key
        request = self._requests[number]
        try:
            found = answers(self.brokers[broker], actor, request)
            return [(self.broker(after), self._answers.of(answer)) for after, answer in found]
        except Violation as error:
            raise Violation(f"{self._names[actor]} {sentence(request)}: {error}") from error

    def _work_after(self, key: tuple[int, int]) -> int:
        """The state that an answer leads to."""
        state, answer = key
        step = self.states[state]
        assert isinstance(step, Step)
        try:
            return self.states.of(step.on(self._answers[answer]))
        except ProtocolError as error:
            raise Violation(f"a machine is stuck: {error}") from error


def producer_of(state: State) -> Producer | None:
    """The producer that a machine works with, if it is inside a transaction."""
    inner: object = state
    while isinstance(inner, Step):
        producer = getattr(inner, "producer", None)
        if isinstance(producer, Producer):
            return producer
        inner = getattr(inner, "inner", None) or getattr(inner, "write", None)
    return None

"""The whole: the broker, its surroundings and all actors, and which states can follow one.

A state is one number: those of its parts, side by side. What a part of it can do is worked out once and kept;
the rest is looking up, and adding differences.
"""

from collections.abc import Callable
from dataclasses import replace

from mcp_jobs.core.step import Step
from model import decision, promises
from model.actors import Cleaning, Exiting
from model.cast import Cast
from model.lifecycle import Condition, Event, Surroundings
from model.memo import BITS, Memo, Numbers
from model.moves import Move, Moves, producer_of
from model.reconciler import Look
from model.scenario import Rest, Scenario
from model.violation import Violation

Whole = int
#: what led to a state: requests of an actor, something it saw, an event, or the broker by itself
Cause = tuple[int, Move] | tuple[int, Look] | Event | str
#: what is to be added to a state to get one that follows, and why
Change = tuple[Whole, Cause]

#: positions, from the broker's at 0 on
_FAULTS, _SURROUNDINGS, _ACTORS = BITS, BITS + 4, 2 * BITS + 4
_MASK, _FAULTS_MASK = (1 << BITS) - 1, 15


class World:
    """A scenario as a graph of states."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._cast = Cast(scenario)
        self._moves = Moves(self._cast.names, faults=scenario.faults > 0, merge=scenario.merge)
        self._surroundings: Numbers[Surroundings] = Numbers()
        self._shifts = [_ACTORS + BITS * actor for actor in range(len(self._cast.names))]
        self._internal = Memo(self._work_internal)
        self._timeouts = Memo(self._work_timeouts)
        self._steps = [Memo(self._work_steps(actor)) for actor in range(len(self._cast.names))]
        self._looks = Memo(self._work_looks)
        self._events = Memo(self._work_events)
        self._condition = Memo(self._work_condition)
        self._inside = Memo(self._work_inside)

    def start(self) -> Whole:
        """The state at the beginning."""
        broker = self._moves.broker(self._scenario.broker())
        surroundings = self._surroundings.of(Surroundings.of(self._scenario))
        whole = broker + (self._scenario.faults << _FAULTS) + (surroundings << _SURROUNDINGS)
        for state, shift in zip(self._cast.first, self._shifts, strict=True):
            whole += self._moves.states.of(state) << shift
        return whole

    def changes(self, whole: Whole) -> list[Change]:
        """All that may happen in a state. Raises Violation."""
        broker, surroundings = whole & _MASK, whole >> _SURROUNDINGS & _MASK
        states = [whole >> shift & _MASK for shift in self._shifts]
        found = [*self._internal[broker]]
        for owner, transactional_id, timeout in self._timeouts[broker]:
            if self._inside[states[owner]] != transactional_id:
                found.append(timeout)
        faults = whole >> _FAULTS & _FAULTS_MASK > 0
        for steps, state in zip(self._steps, states, strict=True):
            found += steps[broker, state][faults]
        conditions = tuple([self._condition[state] for state in states])
        for actor, after, change, cause in self._events[surroundings, conditions]:
            became = after - states[actor] << self._shifts[actor] if after >= 0 else 0
            found.append((change + became, cause))
        for actor, condition in enumerate(conditions):
            if condition == Condition.LOOKING:
                found += self._looks[broker, surroundings, actor, states[actor]]
        return found

    def rest(self, whole: Whole) -> Rest:
        """What it has come to in a state that nothing follows. Raises Violation."""
        for shift, name in zip(self._shifts, self._cast.names, strict=True):
            state = self._moves.states[whole >> shift & _MASK]
            if isinstance(state, Step):
                raise Violation(f"{name} waits for ever for another answer to {state.request()}")
        broker = self._moves.brokers[whole & _MASK]
        promises.at_rest(broker)
        return replace(broker, transactions=()), self._surroundings[whole >> _SURROUNDINGS & _MASK].jobs

    def sentence(self, cause: Cause) -> str:
        """What happened."""
        if isinstance(cause, str):
            return cause
        if isinstance(cause, Event):
            return cause.sentence
        actor, what = cause
        told = [what.sentence] if isinstance(what, Look) else self._moves.told(what.asked)
        return f"{self._cast.names[actor]} {'; '.join(told)}"

    # --- worked out once ----------------------------------------------------------------------------

    def _work_internal(self, broker: int) -> list[Change]:
        """What the broker may do by itself, whoever lives."""
        before = self._moves.brokers[broker]
        found = list(decision.internal(before))
        if self._scenario.hasty_timeouts:
            found += [(f"{name} times out", after) for name, _, after in decision.timeouts(before)]
        return [(self._moves.broker(after) - broker, f"the broker: {sentence}") for sentence, after in found]

    def _work_timeouts(self, broker: int) -> list[tuple[int, str, Change]]:
        return [
            (owner, name, (self._moves.broker(after) - broker, f"the broker: {name} times out"))
            for name, owner, after in decision.timeouts(self._moves.brokers[broker])
            if owner >= 0
        ]

    def _work_steps(self, actor: int) -> Callable[[tuple[int, int]], tuple[list[Change], list[Change]]]:
        """An actor's steps, without and with faults."""

        def work(key: tuple[int, int]) -> tuple[list[Change], list[Change]]:
            broker, state = key
            sure: list[Change] = []
            faulty: list[Change] = []
            for move in self._moves.of(actor, broker, state):
                change = move.broker - broker + (move.state - state << self._shifts[actor])
                (faulty if move.fault else sure).append((change - (move.fault << _FAULTS), (actor, move)))
            return sure, sure + faulty

        return work

    def _work_looks(self, key: tuple[int, int, int, int]) -> list[Change]:
        broker, surroundings, actor, number = key
        state = self._moves.states[number]
        before, now = self._moves.brokers[broker], self._surroundings[surroundings]
        if isinstance(state, Cleaning):
            looks = [Look(f"deletes {state.group}", before.without_group(state.group), now, Exiting())]
        else:
            looks = list(self._cast.reconcilers[actor].looks(before, now, state))
        return [(self._look(key, look), (actor, look)) for look in looks]

    def _look(self, key: tuple[int, int, int, int], look: Look) -> Whole:
        broker, surroundings, actor, state = key
        change = self._moves.broker(look.broker) - broker
        change += self._surroundings.of(look.after) - surroundings << _SURROUNDINGS
        return change + (self._moves.states.of(look.state) - state << self._shifts[actor])

    def _work_events(self, key: tuple[int, tuple[Condition, ...]]) -> list[tuple[int, int, Whole, Cause]]:
        """(actor, number of its state afterwards or -1, change of all else, cause)"""
        surroundings, conditions = key
        return [
            (
                event.actor,
                self._moves.states.of(event.state) if event.actor >= 0 else -1,
                self._surroundings.of(event.after) - surroundings << _SURROUNDINGS,
                event,
            )
            for event in self._cast.lifecycle.events(self._surroundings[surroundings], conditions)
        ]

    def _work_condition(self, state: int) -> Condition:
        return Condition.of(self._moves.states[state])

    def _work_inside(self, state: int) -> str | None:
        producer = producer_of(self._moves.states[state])
        return producer.transactional_id if producer else None

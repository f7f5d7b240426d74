"""What Kubernetes does, and what goes wrong: pods start, end and crash, Jobs complete and fail."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import IntEnum, auto
from itertools import pairwise
from typing import NamedTuple

from mcp_jobs.core.reconcile import JobState
from mcp_jobs.core.step import State, Step
from model.actors import Cleaning, Exiting, Gone, Grace, Idle, Unborn
from model.scenario import Budget, Scenario


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The Jobs, what may still go wrong, and which Jobs a reconciler that looks once has looked at."""

    jobs: tuple[JobState, ...]
    budget: Budget
    looked: frozenset[int] = frozenset()

    @classmethod
    def of(cls, scenario: Scenario) -> "Surroundings":
        """The surroundings at the beginning."""
        return cls((JobState.ACTIVE,) * len(scenario.pods), Budget(scenario.crashes, scenario.deadlines))

    def with_job(self, job: int, state: JobState) -> "Surroundings":
        """With another state of one Job."""
        return replace(self, jobs=(*self.jobs[:job], state, *self.jobs[job + 1 :]))

    def less(self, what: str) -> "Surroundings | None":
        """With one fault less to come; None where there is none left."""
        left = getattr(self.budget, what)
        return replace(self, budget=replace(self.budget, **{what: left - 1})) if left else None


class Condition(IntEnum):
    """What a life cycle sees of an actor."""

    UNBORN = auto()
    BUSY = auto()  #: it has a request
    LOOKING = auto()  #: it acts without one: reconcilers mostly
    EXITING = auto()
    GONE = auto()

    @classmethod
    def of(cls, state: State) -> "Condition":
        """The condition of an actor in a state."""
        match state:
            case Unborn():
                return cls.UNBORN
            case Exiting():
                return cls.EXITING
            case Idle() | Grace() | Cleaning():
                return cls.LOOKING
            case Step():
                return cls.BUSY
        return cls.GONE


class Event(NamedTuple):
    """Something that happens apart from Kafka. `actor` goes on as `state`."""

    sentence: str
    after: Surroundings
    actor: int = -1
    state: State = Gone()


class Lifecycle:
    """The events of a scenario. Actors are the pods, then the reconciler and others."""

    def __init__(self, scenario: Scenario, names: tuple[str, ...], born: tuple[State, ...]) -> None:
        self._jobs = scenario.jobs
        self._names = names
        self._born = born
        self._newest_after = [a != b for a, b in pairwise((*self._jobs, -1))]

    def events(self, now: Surroundings, conditions: tuple[Condition, ...]) -> Iterator[Event]:
        """All that may happen now."""
        for actor, condition in enumerate(conditions):
            if actor < len(self._jobs):
                yield from self._pod(now, actor, conditions)
            elif condition is Condition.BUSY:
                yield from self._restart(now, actor)
        for job in range(len(now.jobs)):
            yield from self._job(now, job, conditions)

    def _pod(self, now: Surroundings, pod: int, conditions: tuple[Condition, ...]) -> Iterator[Event]:
        job = self._jobs[pod]
        active = now.jobs[job] is JobState.ACTIVE
        condition = conditions[pod]
        if condition is Condition.UNBORN and active and conditions[pod - 1] is not Condition.UNBORN:
            yield Event(f"{self._names[pod]} replaces the one before", now, pod, self._born[pod])
        if condition is Condition.EXITING:
            counts = active and (self._newest_after[pod] or conditions[pod + 1] is Condition.UNBORN)
            after = now.with_job(job, JobState.COMPLETE) if counts else now
            yield Event(f"{self._names[pod]} exits with 0", after, pod)
        crashed = now.less("crashes")
        if crashed and condition not in (Condition.UNBORN, Condition.GONE):
            yield Event(f"{self._names[pod]} crashes", crashed, pod)

    def _restart(self, now: Surroundings, actor: int) -> Iterator[Event]:
        crashed = now.less("crashes")
        if crashed:
            yield Event(f"{self._names[actor]} crashes and starts again", crashed, actor, self._born[actor])

    def _job(self, now: Surroundings, job: int, conditions: tuple[Condition, ...]) -> Iterator[Event]:
        if now.jobs[job] is not JobState.ACTIVE:
            return
        pods = [condition for owner, condition in zip(self._jobs, conditions, strict=False) if owner == job]
        if all(condition is Condition.GONE for condition in pods):
            yield Event(f"Job {job} fails", now.with_job(job, JobState.FAILED))
        late = now.less("deadlines")
        if late:
            yield Event(
                f"Job {job} fails by its deadline, its pods live on", late.with_job(job, JobState.FAILED)
            )

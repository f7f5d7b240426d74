"""Who takes part in a scenario."""

from mcp_jobs.core.step import State
from model.actors import Claiming, Cleaning, Exiting, Idle, Unborn
from model.broker import claim_group
from model.lifecycle import Lifecycle
from model.reconciler import Reconciler
from model.scenario import Deletes, Scenario


class Cast:
    """The actors, by number: pods, reconciler, canceller, others. Each has a name and a first state."""

    def __init__(self, scenario: Scenario) -> None:
        jobs = scenario.jobs
        self.reconcilers = {len(jobs): Reconciler(scenario)}
        if scenario.cancels:
            self.reconcilers[len(jobs) + 1] = Reconciler(scenario, cancels=True)
        self.names = (
            *(f"pod {pod} (Job {job})" for pod, job in enumerate(jobs)),
            *("the canceller" if r.cancels else "the reconciler" for r in self.reconcilers.values()),
            *(f"{type(other).__name__} {i}" for i, other in enumerate(scenario.others)),
        )
        born: tuple[State, ...] = (
            *(_pod(scenario, pod) for pod in range(len(jobs))),
            *(Idle() for _ in self.reconcilers),
            *(other.start() for other in scenario.others),
        )
        later = {pod for pod in range(1, len(jobs)) if jobs[pod] == jobs[pod - 1]}
        self.first = [Unborn() if actor in later else state for actor, state in enumerate(born)]
        self.lifecycle = Lifecycle(scenario, self.names, born)


def _pod(scenario: Scenario, pod: int) -> State:
    deletes = scenario.deletes is Deletes.RUNNER
    group = claim_group(scenario.jobs[pod])
    return Claiming.of(scenario.claimant(pod), Cleaning(group) if deletes else Exiting())

"""What the reconciler does between two settlements: it sweeps over the claim groups (rule R5)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from mcp_jobs.core import reconcile
from mcp_jobs.core.entry import Scope
from mcp_jobs.core.reconcile import JobState
from mcp_jobs.core.requests import Offsets, ReadOffsets
from mcp_jobs.core.settle import Holding
from mcp_jobs.core.step import State
from model.actors import Grace, Idle, Sweeping
from model.answers import answers
from model.broker import GROUP, OPEN, Broker, Status, claim_group, job_uid
from model.lifecycle import Surroundings
from model.scenario import Deletes, Scenario


class Look(NamedTuple):
    """What the reconciler may do next."""

    sentence: str
    broker: Broker
    after: Surroundings
    state: State


@dataclass(frozen=True, slots=True)
class Reconciler:
    """One that judges by `orphans()`, or (`cancels`) somebody who settles what live Jobs hold."""

    scenario: Scenario
    cancels: bool = False

    def looks(self, broker: Broker, now: Surroundings, state: State) -> Iterator[Look]:
        """What may follow in a state without a request."""
        if isinstance(state, Grace):
            yield from self._deletion(broker, now, state)
        elif isinstance(state, Idle):
            for job, job_state in enumerate(now.jobs):
                if job_state is not JobState.ACTIVE or self.cancels:
                    yield from self._sweep(broker, now, job)

    def _sweep(self, broker: Broker, now: Surroundings, job: int) -> Iterator[Look]:
        """Read, judge, and go to settle what was found: the entry is verified again in its slot."""
        once = self.scenario.looks_once and not self.cancels
        offsets = self._read(broker, job)
        if once and (job in now.looked or offsets.undecided):
            return
        after = replace(now, looked=now.looked | {job}) if once else now
        found = list(self._orphans(broker, now, job, offsets))
        for sentence, state in found:
            yield Look(sentence, broker, after, state)
        if once and not found:
            yield Look(f"looks at Job {job}", broker, after, Idle())
        if not self.cancels and reconcile.forgettable(offsets, Scope()):
            yield from self._settled(broker, now, job, offsets)

    def _orphans(
        self, broker: Broker, now: Surroundings, job: int, offsets: Offsets
    ) -> Iterator[tuple[str, State]]:
        state = JobState.GONE if self.cancels else now.jobs[job]
        for partition, entry in reconcile.orphans(offsets, state, Scope()):
            holding = Holding(GROUP, job_uid(job), partition, entry)
            for requeue in {False, self.scenario.requeues and OPEN not in broker.logs[0]}:
                by = "canceller" if self.cancels else "reconciler"
                sentence = f"sees p{partition}@{entry.offsets[0]} of Job {job} unsettled"
                yield sentence, Sweeping.of(holding, by, requeue=requeue)

    def _settled(self, broker: Broker, now: Surroundings, job: int, offsets: Offsets) -> Iterator[Look]:
        if self.scenario.deletes in (Deletes.RECONCILER, Deletes.HASTY_RECONCILER):
            seen = Grace(job, offsets, _open(broker, job))
            yield Look(f"sees the group of Job {job} settled", broker, now, seen)

    def _deletion(self, broker: Broker, now: Surroundings, state: Grace) -> Iterator[Look]:
        """The time of grace is longer than a transaction may take: those seen open are over by now."""
        hasty = self.scenario.deletes is Deletes.HASTY_RECONCILER
        if state.open & _open(broker, state.job) and not hasty:
            return
        if self._read(broker, state.job) != state.seen and not hasty:
            yield Look("finds the group changed", broker, now, Idle())
        else:
            deleted = broker.without_group(claim_group(state.job))
            yield Look(f"deletes the group of Job {state.job}", deleted, now, Idle())

    def _read(self, broker: Broker, job: int) -> Offsets:
        [(_, offsets)] = answers(broker, 0, ReadOffsets(claim_group(job)))
        assert isinstance(offsets, Offsets)
        return offsets


def _open(broker: Broker, job: int) -> frozenset[str]:
    """The transactions under way that the claim group was added to."""
    return frozenset(
        transactional_id
        for transactional_id, transaction in broker.transactions
        if transaction.status is not Status.EMPTY and claim_group(job) in transaction.groups
    )

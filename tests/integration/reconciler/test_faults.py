"""Whoever dies, pauses or loses an answer, runner or reconciler: each message has exactly one outcome."""

import json
import time
from collections import Counter as Tally
from collections.abc import Callable
from typing import Any

import pytest

from integration.claim.faults import Ask, Counter, Crash, Hook, crash_after, lose_answer
from integration.claim.workload import parallel
from integration.reconciler.conftest import MakeHelper
from integration.reconciler.helper import Helper
from mcp_jobs.core.names import claim_group
from mcp_jobs.core.reconcile import Fate, Fates
from mcp_jobs.core.requests import Answer, Request, Wait

BAD = b'{"jobId": "bad", "payload": 1}'  # settled without an MCP server
GOOD = b'{"jobId": "good", "payload": {"mcpServers": {"s": {"command": "s"}}}}'
#: requests of a runner: 5 to pick, 8 to claim, 8 to settle
RUNNER_STEPS = 21
#: requests of a sweep that settles one message: 2 to look, 1 to read it, 8 to settle
SWEEP_STEPS = 11

REQUEUE = Fates(complete=Fate.REQUEUE, failed=Fate.REQUEUE)


def pause_after(step: int, meanwhile: Callable[[], object]) -> Hook:
    """Have `meanwhile` happen once request number `step` (from 1) is done; 0: before the first."""

    def hook(ask: Ask) -> Ask:
        steps = 0

        def paused(request: Request) -> Answer:
            nonlocal steps
            if isinstance(request, Wait):
                return ask(request)
            if steps == step == 0:
                meanwhile()
            answer = ask(request)
            steps += 1
            if steps == step:
                meanwhile()
            return answer

        return paused

    return hook


def job_ids(helper: Helper) -> Tally[str]:
    records = helper.topic.records(helper.topic.topics.outcomes)
    return Tally(json.loads(record.value)["jobId"] for record in records)


def finish(helper: Helper) -> None:
    """Another Job takes what is unclaimed, and the reconciler has the last word."""
    wait_until_decided(helper)
    helper.sweep()
    while any(helper.topic.lags().values()):
        helper.topic.run(helper.pod(f"more-{len(helper.jobs.views)}"))
        helper.sweep()


def wait_until_decided(helper: Helper) -> None:
    """The broker ends what was left open by the dead; nothing else tells of it."""
    deadline = time.monotonic() + 20
    while any(helper.topic.offsets(claim_group(helper.topic.group, u)).undecided for u in ("a", "b")):
        assert time.monotonic() < deadline, "the broker does not end the transaction"
        time.sleep(0.1)


def prepared(make_helper: MakeHelper, message: bytes = BAD, **options: Any) -> Helper:
    helper = make_helper(**options)
    helper.topic.produce([message])
    helper.jobs.start("other")
    return helper


@pytest.mark.parametrize("step", range(RUNNER_STEPS + 1))
def test_a_job_deleted_while_its_runner_is_paused_has_one_outcome(make_helper: MakeHelper, step: int) -> None:
    helper = prepared(make_helper)

    def deleted() -> None:
        helper.jobs.delete("a")
        helper.sweep()

    helper.topic.run(helper.pod("a"), via=pause_after(step, deleted))
    finish(helper)

    assert helper.topic.outcomes() == [(0, 0)]
    assert helper.topic.lags() == {0: 0}


@pytest.mark.parametrize("step", range(13, RUNNER_STEPS + 1))
def test_a_requeue_under_a_paused_runner_gives_one_outcome_too(make_helper: MakeHelper, step: int) -> None:
    helper = prepared(make_helper, GOOD, fates=REQUEUE)

    def deleted() -> None:
        helper.jobs.delete("a")
        helper.sweep()

    helper.topic.run(helper.pod("a"), via=pause_after(step, deleted))
    finish(helper)

    assert job_ids(helper) == {"good": 1}
    assert helper.topic.lags() == {0: 0}


def test_the_steps_of_a_sweep_are_known(make_helper: MakeHelper) -> None:
    helper = prepared(make_helper)
    helper.topic.claimed(helper.pod("a"))
    helper.jobs.delete("a")
    counter = Counter()

    helper.sweep(via=counter)

    assert len(counter.requests) == SWEEP_STEPS
    assert helper.topic.outcomes() == [(0, 0)]


@pytest.mark.parametrize("fates", [Fates(), REQUEUE], ids=["dead-letter", "requeue"])
@pytest.mark.parametrize("step", range(SWEEP_STEPS + 1))
def test_a_reconciler_may_die_at_any_step(make_helper: MakeHelper, step: int, fates: Fates) -> None:
    helper = prepared(make_helper, GOOD, fates=fates)
    helper.topic.claimed(helper.pod("a"))
    helper.jobs.delete("a")

    with pytest.raises(Crash):
        helper.sweep(via=crash_after(step))
    successor = Helper(helper.topic, jobs=helper.jobs, fates=fates)
    finish(successor)

    assert job_ids(helper) == {"good": 1}
    assert helper.topic.lags() == {0: 0}


@pytest.mark.parametrize("step", range(1, SWEEP_STEPS + 1))
def test_a_reconciler_carries_on_when_an_answer_is_lost(make_helper: MakeHelper, step: int) -> None:
    helper = prepared(make_helper)
    helper.topic.claimed(helper.pod("a"))
    helper.jobs.delete("a")

    helper.sweep(via=lose_answer(step))
    helper.sweep()

    assert helper.topic.outcomes() == [(0, 0)]
    assert helper.topic.lags() == {0: 0}


def test_a_lost_read_of_the_message_is_no_lost_message(make_helper: MakeHelper) -> None:
    helper = prepared(make_helper)
    helper.topic.claimed(helper.pod("a"))
    helper.jobs.delete("a")

    helper.sweep(via=lose_answer(3))
    assert helper.topic.outcomes() == []

    helper.sweep()
    [letter] = helper.topic.records(helper.topic.topics.dead_letters)
    assert letter.value == BAD


def test_two_reconcilers_at_once_settle_each_message_once(make_helper: MakeHelper) -> None:
    helper = make_helper(3)
    helper.topic.produce([BAD] * 8)
    helper.jobs.start("other")
    for number in range(8):
        helper.topic.claimed(helper.pod(f"job-{number}"))
        helper.jobs.delete(f"job-{number}")
    second = Helper(helper.topic, jobs=helper.jobs)

    parallel([helper.sweep, second.sweep])
    helper.sweep()

    assert len(helper.topic.outcomes()) == len(set(helper.topic.outcomes())) == 8

"""A runner may die at any step, and any answer may get lost: each message has exactly one outcome.

A runner is killed at every step of claim and settle through a hook in front of Kafka, not by chance.
"""

import os
import random
import subprocess
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pytest

from integration.claim.conftest import MakeWorkload
from integration.claim.faults import Counter, Crash, crash_after, lose_answer
from integration.claim.workload import Workload, parallel
from mcp_jobs.core.exits import Exit
from mcp_jobs.core.failure import Failure, FailureClass
from mcp_jobs.core.report import WorkReport

BAD = b"not an envelope"  # settled without an MCP server: the protocol is what these tests are about
#: requests of a runner whose message fails: 5 to pick, 8 to claim, 1 to see it is not cancelled, 8 to settle
STEPS = 22

_DOOMED = Path(__file__).with_name("doomed.py")


def runner(workload: Workload, uid: str, *, doom: int = 0) -> int:
    """A runner process of its own; it dies after request number `doom`."""
    command = [sys.executable, str(_DOOMED)] if doom else [sys.executable, "-m", "mcp_jobs", "runner"]
    environment: Mapping[str, str] = os.environ | {
        "KAFKA_BROKERS": workload.brokers,
        "KAFKA_TOPIC": workload.topic,
        "KAFKA_CONSUMER_GROUP": workload.group,
        "RUNNER_JOB_UID": uid,
        "RUNNER_CLAIM_WAIT_SECONDS": "1",
        "RUNNER_TRANSACTION_TIMEOUT_SECONDS": "2",
        "DOOM": str(doom),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    return subprocess.run(
        command, env=environment, timeout=60, stderr=subprocess.DEVNULL, check=False
    ).returncode


def test_the_steps_of_a_runner_are_known(make_workload: MakeWorkload) -> None:
    workload = make_workload(1)
    workload.produce([BAD])
    counter = Counter()

    assert workload.run(via=counter) is Exit.FAILED
    assert len(counter.requests) == STEPS


@pytest.mark.parametrize("step", range(STEPS + 1))
def test_a_runner_that_dies_at_any_step_leaves_its_message_to_the_next_attempt(
    make_workload: MakeWorkload, step: int
) -> None:
    workload = make_workload(1)
    workload.produce([BAD])

    with pytest.raises(Crash):
        workload.run(workload.me("job"), via=crash_after(step))
    workload.run(workload.me("job"))

    assert workload.outcomes() == [(0, 0)]
    assert workload.lags() == {0: 0}


@pytest.mark.parametrize("step", range(1, STEPS + 1))
def test_a_runner_carries_on_when_the_answer_to_any_step_is_lost(
    make_workload: MakeWorkload, step: int
) -> None:
    workload = make_workload(1)
    workload.produce([BAD])

    workload.run(via=lose_answer(step))

    assert workload.outcomes() == [(0, 0)]
    assert workload.lags() == {0: 0}


@pytest.mark.parametrize("step", range(1, 18))
def test_a_takeover_may_die_at_any_step_too(make_workload: MakeWorkload, step: int) -> None:
    workload = make_workload(1)
    workload.produce([BAD, BAD])
    workload.claimed(workload.me("job"))  # the first attempt dies with its claim

    with pytest.raises(Crash):
        workload.run(workload.me("job"), via=crash_after(step))
    workload.run(workload.me("job"))

    assert workload.outcomes() == [(0, 0)]
    assert workload.lags() == {0: 1}


def test_a_zombie_that_wakes_up_after_a_takeover_settles_nothing(make_workload: MakeWorkload) -> None:
    workload = make_workload(1)
    workload.produce([b'{"jobId": "a", "payload": {"mcpServers": {"s": {"command": "s"}}}}'])

    def replaced(_: object) -> WorkReport:
        assert workload.run(workload.me("job")) is Exit.DONE  # while the first attempt is at work
        return WorkReport()

    assert workload.run(workload.me("job"), work=replaced) is Exit.DONE  # it has its outcome
    assert workload.outcomes() == [(0, 0)]


def test_a_message_whose_attempts_all_die_is_a_dead_letter_in_the_end(make_workload: MakeWorkload) -> None:
    workload = make_workload(1)
    workload.produce([b'{"jobId": "a", "payload": {"mcpServers": {"s": {"command": "s"}}}}'])

    def dies(_: object) -> WorkReport:
        raise Crash

    for _ in range(2):
        with pytest.raises(Crash):
            workload.run(workload.me("job"), work=dies, max_attempts=2)
    assert workload.run(workload.me("job"), work=dies, max_attempts=2) is Exit.FAILED

    [letter] = workload.records(workload.topics.dead_letters)
    assert dict(letter.headers)["mcp-jobs-class"] == b"attempts"


def test_a_retriable_failure_is_settled_only_by_the_last_attempt(make_workload: MakeWorkload) -> None:
    workload = make_workload(1)
    workload.produce([b'{"jobId": "a", "payload": {"mcpServers": {"s": {"command": "s"}}}}'])
    report = WorkReport(failure=Failure(kind=FailureClass.TIMEOUT, message="too slow", retriable=True))

    exits = [workload.run(workload.me("job"), work=lambda _: report) for _ in range(3)]

    assert exits == [Exit.RETRY, Exit.RETRY, Exit.FAILED]
    assert workload.outcomes() == [(0, 0)]


def test_processes_killed_at_random_steps_and_restarted_settle_every_message_once(
    make_workload: MakeWorkload,
) -> None:
    workload = make_workload(3)
    count, choose = 12, random.Random(7)
    workload.produce([BAD] * count)

    def job(uid: str, dooms: list[int]) -> None:
        """A Job: its pod is killed at these steps, one pod after another, then left alone."""
        for doom in dooms:
            runner(workload, uid, doom=doom)
        assert runner(workload, uid) in (Exit.DONE, Exit.FAILED)

    plans = [[choose.randint(1, STEPS)] if choose.random() < 0.5 else [] for _ in range(count)]
    for start in range(0, count, 4):
        parallel([partial(job, f"job-{i}", plans[i]) for i in range(start, start + 4)])
    while sum(workload.lags().values()):  # a Job whose pod died before its claim has claimed less
        job("one-more", [])

    assert workload.outcomes() == sorted(
        {(p, o) for p, end in workload.frontiers().items() for o in range(end)}
    )
    assert len(workload.outcomes()) == count

"""What the metrics count, and that nothing is counted twice."""

import json

from integration.reconciler.conftest import MakeHelper
from integration.reconciler.helper import Helper
from mcp_jobs.core.exits import Exit
from mcp_jobs.core.reconcile import JobState

MESSAGE = b'{"jobId": "a", "tenant": "acme", "payload": {"mcpServers": {"s": {"command": "s"}}}}'
OUTCOMES, DEAD = "mcp_jobs_outcomes_total", "mcp_jobs_dead_letters_total"


def counted(helper: Helper, name: str = OUTCOMES) -> dict[tuple[str, ...], int]:
    return {key[1:]: count for key, count in helper.metrics.counts.items() if key[0] == name}


def test_outcomes_are_counted_once_from_where_the_last_reader_was(make_helper: MakeHelper) -> None:
    helper = make_helper(3)
    helper.topic.produce([MESSAGE])
    helper.topic.run()  # before the first reader of all
    helper.sweep()
    helper.topic.produce([MESSAGE, MESSAGE, b"bad"])
    for _ in range(3):
        helper.topic.run()

    helper.sweep()
    helper.sweep()

    assert counted(helper) == {("succeeded", "acme", "w"): 2, ("failed", "", "w"): 1}
    assert counted(helper, DEAD) == {("envelope", "w"): 1}
    helper.topic.produce([MESSAGE])
    helper.topic.run()
    successor = Helper(helper.topic)
    successor.sweep()
    assert counted(successor) == {("succeeded", "acme", "w"): 1}


def test_retries_and_durations_are_counted(make_helper: MakeHelper) -> None:
    helper = make_helper()
    helper.sweep()
    helper.topic.produce([MESSAGE])
    helper.topic.claimed(helper.pod("a"))
    assert helper.topic.run(helper.pod("a")) is Exit.DONE  # the second attempt
    helper.topic.produce([MESSAGE])
    helper.topic.claimed(helper.pod("b"))
    helper.jobs.end("b", JobState.FAILED, "DeadlineExceeded")
    helper.sweep()

    helper.sweep()

    assert counted(helper, "mcp_jobs_retries_total") == {("w",): 1}
    assert helper.metrics.observed == [60.0]
    assert counted(helper, DEAD) == {("deadline-exceeded", "w"): 1}


def test_outcomes_of_another_topic_are_not_ours(make_helper: MakeHelper) -> None:
    helper = make_helper()
    helper.sweep()
    stranger = {"topic": "another", "status": "succeeded", "attempt": 1, "durationMs": 1, "error": None}
    outcomes = type(helper.topic)(helper.topic.brokers, helper.topic.topics.outcomes)
    outcomes.produce([json.dumps(stranger).encode(), b"no outcome"])

    helper.sweep()

    assert counted(helper) == {}


def test_a_job_that_found_nothing_is_a_surplus_run(make_helper: MakeHelper) -> None:
    helper = make_helper()
    helper.jobs.start("before")
    helper.jobs.end("before", JobState.COMPLETE)
    helper.sweep()
    helper.topic.produce([b"bad"])
    helper.topic.run(helper.pod("a"))
    helper.topic.run(helper.pod("b"))
    for uid in ("a", "b"):
        helper.jobs.end(uid, JobState.COMPLETE)

    for _ in range(3):
        helper.sweep()

    assert counted(helper, "mcp_jobs_surplus_runs_total") == {("w",): 1}

"""Within the window a jobId runs once, whoever is killed; without a window nothing is asked."""

import json

import pytest

from integration.claim.conftest import MakeWorkload
from integration.claim.faults import Crash, crash_after, lose_answer
from integration.claim.operator import Operator
from integration.claim.test_cancel import GOOD, never, statuses
from integration.claim.workload import parallel
from mcp_jobs.core.exits import Exit
from mcp_jobs.core.failure import Failure, FailureClass
from mcp_jobs.core.report import WorkReport

DAY = 86_400_000
#: requests of a first message's runner with a window: those without, one read, and seven to write it down
STEPS = 29
BROKEN = WorkReport(failure=Failure(kind=FailureClass.TOOL, message="broken", retriable=False))


def test_the_second_message_of_a_job_id_is_a_duplicate(make_workload: MakeWorkload) -> None:
    workload = make_workload(2)
    workload.produce([GOOD], partition=0)
    assert workload.run(window=DAY) is Exit.DONE
    workload.produce([GOOD], partition=1)

    assert workload.run(work=never, window=DAY) is Exit.DONE

    values = [json.loads(record.value) for record in workload.records(workload.topics.outcomes)]
    [second] = [value for value in values if value["status"] == "duplicate"]
    assert "see the message at offset 0 of partition 0" in second["error"]["message"]
    assert workload.records(workload.topics.dead_letters) == []


def test_without_a_window_a_job_id_may_run_again(make_workload: MakeWorkload) -> None:
    workload = make_workload(1)
    workload.produce([GOOD, GOOD])

    for _ in range(2):
        workload.run()

    assert statuses(workload) == ["succeeded", "succeeded"]


def test_of_many_at_once_one_runs(make_workload: MakeWorkload) -> None:
    workload = make_workload(3)
    for partition in range(3):
        workload.produce([GOOD] * 2, partition=partition)

    parallel([lambda: workload.run(window=DAY)] * 6)

    assert sorted(statuses(workload)) == ["duplicate"] * 5 + ["succeeded"]


@pytest.mark.parametrize("step", range(13, STEPS + 1))
def test_an_attempt_that_died_does_not_make_the_next_one_a_duplicate(
    make_workload: MakeWorkload, step: int
) -> None:
    workload = make_workload(1)
    workload.produce([GOOD])

    with pytest.raises(Crash):
        workload.run(workload.me("job"), via=crash_after(step), window=DAY)
    workload.run(workload.me("job"), window=DAY)

    assert statuses(workload) == ["succeeded"]


@pytest.mark.parametrize("step", range(14, STEPS + 1))
def test_a_lost_answer_does_not_make_a_message_its_own_duplicate(
    make_workload: MakeWorkload, step: int
) -> None:
    workload = make_workload(1)
    workload.produce([GOOD])

    workload.run(via=lose_answer(step), window=DAY)

    assert statuses(workload) == ["succeeded"]


def test_a_redriven_message_is_no_duplicate(make_workload: MakeWorkload) -> None:
    workload = make_workload(1)
    workload.produce([GOOD])
    workload.run(work=lambda _: BROKEN, window=DAY)
    operator = Operator(workload)
    operator.handle(operator.letters())

    workload.run(window=DAY)

    assert statuses(workload) == ["failed", "succeeded"]

"""A dead letter is sent again once, however often and by however many it is tried."""

import pytest

from integration.claim.conftest import MakeWorkload
from integration.claim.faults import Crash, crash_after, lose_answer
from integration.claim.operator import Operator
from integration.claim.test_cancel import GOOD, statuses
from integration.claim.workload import Workload, parallel
from mcp_jobs.core.failure import Failure, FailureClass
from mcp_jobs.core.lineage import REDRIVEN
from mcp_jobs.core.marks import Mark
from mcp_jobs.core.report import WorkReport

BROKEN = WorkReport(failure=Failure(kind=FailureClass.TOOL, message="broken", retriable=False))
#: requests of a redrive: a read of the marks, a look at who else is at it, and seven to send and write
STEPS = 9


def with_dead_letters(make_workload: MakeWorkload, count: int) -> Workload:
    """A workload whose messages have all failed."""
    workload = make_workload(2)
    workload.produce([GOOD] * count, partition=1)
    for _ in range(count):
        workload.run(work=lambda _: BROKEN)
    return workload


def drain(workload: Workload) -> None:
    """Run all that is left."""
    while any(workload.lags().values()):
        workload.run()


def test_a_redriven_message_runs_again_with_its_lineage(make_workload: MakeWorkload) -> None:
    workload = with_dead_letters(make_workload, 3)
    operator = Operator(workload)

    handled = operator.handle(operator.letters())
    drain(workload)

    assert [each.before for each in handled] == [Mark.NONE] * 3
    assert sorted(statuses(workload)) == ["failed"] * 3 + ["succeeded"] * 3
    copies = [dict(r.headers) for r in workload.records(workload.topic) if r.headers]
    assert sorted(copy[REDRIVEN.origin].decode() for copy in copies) == [
        f"{workload.topic}/1/{offset}" for offset in range(3)
    ]
    assert all(copy[REDRIVEN.count] == b"1" and len(copy) == 2 for copy in copies)


def test_a_second_redrive_sends_nothing_and_says_so(make_workload: MakeWorkload) -> None:
    workload = with_dead_letters(make_workload, 2)
    operator = Operator(workload)
    operator.handle(operator.letters()[:1])

    handled = operator.handle(operator.letters())
    drain(workload)

    assert sorted(each.before for each in handled) == [Mark.NONE, Mark.REDRIVEN]
    assert sorted(statuses(workload)) == ["failed"] * 2 + ["succeeded"] * 2


def test_a_dropped_letter_is_not_redriven(make_workload: MakeWorkload) -> None:
    workload = with_dead_letters(make_workload, 1)
    operator = Operator(workload)
    operator.handle(operator.letters(), Mark.DROPPED)

    [handled] = operator.handle(operator.letters())

    assert handled.before is Mark.DROPPED
    assert not any(workload.lags().values())


@pytest.mark.parametrize("step", range(STEPS + 1))
def test_a_redrive_killed_at_any_step_is_simply_run_again(make_workload: MakeWorkload, step: int) -> None:
    workload = with_dead_letters(make_workload, 2)
    operator = Operator(workload)

    with pytest.raises(Crash):
        operator.handle(operator.letters(), via=crash_after(step))
    operator.handle(operator.letters())
    drain(workload)

    assert sorted(statuses(workload)) == ["failed"] * 2 + ["succeeded"] * 2


@pytest.mark.parametrize("step", range(1, STEPS + 1))
def test_a_redrive_goes_on_when_an_answer_is_lost(make_workload: MakeWorkload, step: int) -> None:
    workload = with_dead_letters(make_workload, 1)
    operator = Operator(workload)

    operator.handle(operator.letters(), via=lose_answer(step))
    drain(workload)

    assert sorted(statuses(workload)) == ["failed", "succeeded"]


def test_two_who_redrive_the_same_letters_send_each_once(make_workload: MakeWorkload) -> None:
    workload = with_dead_letters(make_workload, 3)
    operator = Operator(workload)
    letters = operator.letters()

    handled = parallel([lambda: operator.handle(letters), lambda: operator.handle(letters)])
    drain(workload)

    assert sorted(each.before for some in handled for each in some) == [Mark.NONE] * 3 + [Mark.REDRIVEN] * 3
    assert sorted(statuses(workload)) == ["failed"] * 3 + ["succeeded"] * 3

"""A cancelled message never runs where nobody had claimed it, and has one outcome in any case."""

import json

import pytest

from integration.claim.conftest import MakeWorkload
from integration.claim.faults import Ask, Crash, crash_after, lose_answer
from integration.claim.operator import Operator
from integration.claim.workload import Workload, parallel
from mcp_jobs.core.envelope import Envelope
from mcp_jobs.core.exits import Exit
from mcp_jobs.core.record import Place
from mcp_jobs.core.report import WorkReport
from mcp_jobs.core.requests import Answer, CommitOffset, Request
from mcp_jobs.operations.cancel import NeverRuns, Over, Stopped

GOOD = b'{"jobId": "1", "payload": {"mcpServers": {"a": {"command": "true"}}}}'
FIRST = Place(0, 0)
#: requests of a cancellation: fence, join, two reads, write, end; with a look at who claims
STEPS = 7


def never(envelope: Envelope) -> WorkReport:
    """No message is to be run."""
    raise AssertionError(f"{envelope.job_id} runs")


def statuses(workload: Workload) -> list[str]:
    """What the outcomes say, in the order of the messages."""
    values = [json.loads(record.value) for record in workload.records(workload.topics.outcomes)]
    return [value["status"] for value in sorted(values, key=lambda value: int(value["offset"]))]


def test_a_message_cancelled_before_its_claim_never_runs(make_workload: MakeWorkload) -> None:
    workload = make_workload(1)
    workload.produce([GOOD, GOOD])

    assert Operator(workload).cancel(FIRST) == NeverRuns()

    assert workload.run(work=never) is Exit.DONE
    assert workload.run() is Exit.DONE
    assert statuses(workload) == ["cancelled", "succeeded"]
    assert workload.records(workload.topics.dead_letters) == []


def test_a_message_cancelled_while_it_runs_is_settled_once(make_workload: MakeWorkload) -> None:
    workload = make_workload(1)
    workload.produce([GOOD])
    found = []

    def work(envelope: Envelope) -> WorkReport:
        found.append(Operator(workload).cancel(FIRST))
        return WorkReport()

    assert workload.run(workload.me("uid"), work=work) is Exit.DONE

    [stopped] = found
    assert isinstance(stopped, Stopped)
    assert (stopped.job.uid, stopped.others) == ("uid", 0)
    assert statuses(workload) == ["cancelled"]
    assert Operator(workload).cancel(FIRST) == Over()


def test_the_other_messages_of_a_batch_go_on(make_workload: MakeWorkload) -> None:
    workload = make_workload(1)
    workload.produce([GOOD, GOOD, GOOD])
    claimed = workload.claimed(workload.me("uid", batch_size=3))
    assert claimed.entry.offsets == (0, 1, 2)

    stopped = Operator(workload).cancel(Place(0, 1))
    assert isinstance(stopped, Stopped)
    assert stopped.others == 2
    workload.run(workload.me("uid", batch_size=3))

    assert statuses(workload) == ["succeeded", "cancelled", "succeeded"]


@pytest.mark.parametrize("step", range(STEPS + 1))
def test_a_cancellation_killed_at_any_step_can_be_repeated(make_workload: MakeWorkload, step: int) -> None:
    workload = make_workload(1)
    workload.produce([GOOD])

    with pytest.raises(Crash):
        Operator(workload).cancel(FIRST, crash_after(step))
    assert Operator(workload).cancel(FIRST) == NeverRuns()

    assert workload.run(work=never) is Exit.DONE
    assert statuses(workload) == ["cancelled"]


@pytest.mark.parametrize("step", range(1, STEPS + 1))
def test_a_cancellation_goes_on_when_an_answer_is_lost(make_workload: MakeWorkload, step: int) -> None:
    workload = make_workload(1)
    workload.produce([GOOD])

    assert Operator(workload).cancel(FIRST, lose_answer(step)) == NeverRuns()

    assert workload.run(work=never) is Exit.DONE


def test_a_claim_in_the_midst_of_a_cancellation_decides_which_it_is(make_workload: MakeWorkload) -> None:
    workload = make_workload(1)
    workload.produce([GOOD])

    def claim_before_the_mark(ask: Ask) -> Ask:
        def asked(request: Request) -> Answer:
            if isinstance(request, CommitOffset) and ".cancelled." in request.group:
                workload.claim(workload.me("uid"))
            return ask(request)

        return asked

    assert isinstance(Operator(workload).cancel(FIRST, claim_before_the_mark), Stopped)

    assert workload.run(workload.me("uid"), work=never) is Exit.DONE
    assert statuses(workload) == ["cancelled"]


def test_a_crowd_of_cancellations_and_claims_gives_each_message_one_outcome(
    make_workload: MakeWorkload,
) -> None:
    workload = make_workload(1)
    workload.produce([GOOD] * 6)

    parallel([lambda n=n: Operator(workload).cancel(Place(0, n)) for n in range(6)] + [workload.run] * 6)
    while workload.lags() != {0: 0}:
        workload.run()

    assert workload.outcomes() == [(0, n) for n in range(6)]
    assert set(statuses(workload)) <= {"cancelled", "succeeded"}

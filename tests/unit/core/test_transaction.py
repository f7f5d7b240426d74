"""The steps inside a transaction: where each answer leads that is not a success."""

import pytest

from mcp_jobs.core import cancel, fenced, frontier, keepalive, slot, take
from mcp_jobs.core.claimant import Claimant
from mcp_jobs.core.entry import Committed
from mcp_jobs.core.errors import ProtocolError
from mcp_jobs.core.pick import Picked
from mcp_jobs.core.record import Output, Record
from mcp_jobs.core.requests import (
    Answer,
    Busy,
    Described,
    DescribeTransaction,
    Done,
    Elapsed,
    EndTransaction,
    Expired,
    Fenced,
    Lost,
    Offsets,
    Producer,
    Rejected,
    Wait,
    WaitReason,
)
from mcp_jobs.core.step import GaveUp, Pause, Refused
from mcp_jobs.core.transaction import InTransaction, Leave, Polite
from unit.core.machine import told

PRODUCER = Producer("id", 7, 3)
ME = Claimant(group="g", job_uid="uid", holder="pod")
PICKED = Picked(0, Committed(4), (Record(4),), 5)
WRITE = slot.SlotWrite(
    "g.settle.1", "g.job.uid", 0, Committed(4, "old"), Committed(4, "new"), (Output("o", b"k", b"v"),)
)
FIRST = frontier.FirstFrontier("g", 0, Committed(0))
REWRITE = keepalive.Rewrite("g.claim.0", "g", 0)
CANCEL = cancel.Cancel("g", 0, 4)
REFUSED = Rejected("no permission")

CLAIM: list[InTransaction] = [
    kind(PRODUCER, ME, PICKED)
    for kind in (
        take.JoinMain,
        take.JoinOwn,
        take.CheckFrontier,
        take.CheckOwn,
        take.MoveFrontier,
        take.WriteEntry,
        take.Commit,
    )
]
SLOT: list[InTransaction] = [
    kind(PRODUCER, WRITE) for kind in (slot.Join, slot.Verify, slot.Open, slot.Send, slot.Put)
]
OTHERS: list[InTransaction] = [
    fenced.Join(PRODUCER, FIRST),
    frontier.Check(PRODUCER, FIRST, "g"),
    fenced.Put(PRODUCER, FIRST, Committed(0)),
    fenced.Commit(PRODUCER, FIRST, Committed(0)),
    keepalive.Read(PRODUCER, REWRITE, "g"),
    cancel.CheckFrontier(PRODUCER, CANCEL, "g"),
    cancel.ReadMarks(PRODUCER, CANCEL, "marks"),
]
READS = (take.CheckFrontier, take.CheckOwn, slot.Verify, fenced.Look)


def name(step: object) -> str:
    return f"{type(step).__module__.rpartition('.')[2]}.{type(step).__name__}"


every_step = pytest.mark.parametrize("step", CLAIM + SLOT + OTHERS, ids=name)


@every_step
def test_busy_asks_the_same_again_after_a_moment(step: InTransaction) -> None:
    state = step.on(Busy())
    assert state == Pause(step)
    assert told(state, Elapsed()) == step
    assert told(state, Expired()) == GaveUp()


@every_step
def test_a_refusal_aborts_the_transaction_before_it_is_reported(step: InTransaction) -> None:
    state = step.on(REFUSED)
    assert state == Leave(PRODUCER, Refused(REFUSED))
    assert isinstance(state, Leave)
    assert state.request() == EndTransaction(PRODUCER, commit=False)
    for answer in (Done(), Fenced(), Busy(), Lost(), REFUSED):
        assert state.on(answer) == Refused(REFUSED)


@every_step
def test_an_answer_of_the_wrong_kind_is_a_fault_of_the_program(step: InTransaction) -> None:
    wrong = Done() if isinstance(step, READS) else Offsets()
    with pytest.raises(ProtocolError, match=f"{type(step).__name__} can't go on"):
        step.on(wrong)


@pytest.mark.parametrize("step", CLAIM[:-1], ids=name)
def test_a_fenced_claimant_has_missed_the_message(step: InTransaction) -> None:
    assert step.on(Fenced()) == take.Missed()


def test_a_claimant_fenced_at_the_commit_does_not_know() -> None:
    assert CLAIM[-1].on(Fenced()) == take.Unknown(None)


@pytest.mark.parametrize("step", CLAIM, ids=name)
def test_a_claimant_without_an_answer_has_to_fence_before_it_knows(step: InTransaction) -> None:
    assert step.on(Lost()) == take.Unknown("id")


@pytest.mark.parametrize("step", SLOT, ids=name)
def test_a_fenced_writer_of_a_slot_starts_again_after_a_moment(step: InTransaction) -> None:
    assert step.on(Fenced()) == Pause(slot.Fence(WRITE))


@pytest.mark.parametrize("step", SLOT, ids=name)
def test_a_writer_of_a_slot_without_an_answer_fences_itself_at_once(step: InTransaction) -> None:
    assert step.on(Lost()) == slot.Fence(WRITE)


def test_a_transaction_under_way_gets_as_many_waits_as_there_is_patience_then_it_is_fenced() -> None:
    fence = slot.Fence(WRITE)
    polite = Polite("id", 2, fence)
    ongoing = Described(ongoing=True, epoch=(7, 3))
    assert polite.request() == DescribeTransaction("id")
    waiting = told(polite, ongoing)
    assert isinstance(waiting, Pause)
    assert waiting.request() == Wait(WaitReason.CONTENDED)
    assert told(polite, ongoing, Elapsed(), ongoing, Elapsed(), ongoing) == fence


def test_another_transaction_gets_its_own_waits() -> None:
    polite = Polite("id", 1, slot.Fence(WRITE))
    seen = told(polite, Described(ongoing=True, epoch=(7, 3)), Elapsed())
    assert isinstance(told(seen, Described(ongoing=True, epoch=(7, 4))), Pause)


@pytest.mark.parametrize("answer", [Described(ongoing=False), Lost(), REFUSED])
def test_where_no_transaction_is_seen_the_fence_follows(answer: Answer) -> None:
    assert Polite("id", 2, slot.Fence(WRITE)).on(answer) == slot.Fence(WRITE)

"""A claim and a write to a claim entry: their requests in order, and what is found under the fence."""

from dataclasses import replace

import pytest

from mcp_jobs.core import frontier, slot, take
from mcp_jobs.core.claimant import Claimant
from mcp_jobs.core.entry import Committed, encode
from mcp_jobs.core.pick import Picked
from mcp_jobs.core.record import Output, Record
from mcp_jobs.core.requests import (
    AddGroup,
    AddPartitions,
    Answer,
    Busy,
    CommitOffset,
    Done,
    EndTransaction,
    Fenced,
    InitProducer,
    Lost,
    Offsets,
    Produce,
    Producer,
    ReadOffsets,
    Rejected,
    Request,
)
from mcp_jobs.core.step import Pause, Refused, State, Step
from mcp_jobs.core.transaction import Leave
from unit.core.machine import told

PRODUCER = Producer("id", 7, 3)
ME = Claimant(group="g", job_uid="uid", holder="pod")
PICKED = Picked(0, Committed(4), (Record(4),), 5)
OLD = Committed(4, "old")
WRITE = slot.SlotWrite(
    transactional_id="g.settle.1",
    group="g.job.uid",
    partition=0,
    expect=OLD,
    put=Committed(4, "new"),
    outputs=(Output("outcomes", b"key", b"value"),),
)
TRIED = replace(WRITE, tried=True)
FIRST = frontier.FirstFrontier("g", 0, Committed(0))
REFUSED = Rejected("no permission")


def test_a_claim_is_these_requests_in_this_order() -> None:
    state: State = take.Fence(ME, PICKED)
    main, own = Offsets(((0, Committed(4)),)), Offsets()
    asked = _asked(state, [PRODUCER, Done(), Done(), main, own, Done(), Done(), Done()])
    entry = ME.entry(PICKED.records)
    assert asked == [
        InitProducer("g.claim.0"),
        AddGroup(PRODUCER, "g"),
        AddGroup(PRODUCER, "g.job.uid"),
        ReadOffsets("g"),
        ReadOffsets("g.job.uid"),
        CommitOffset(PRODUCER, "g", 0, Committed(5)),
        CommitOffset(PRODUCER, "g.job.uid", 0, encode(entry)),
        EndTransaction(PRODUCER, commit=True),
        take.Took(PICKED, entry),
    ]


def test_a_settlement_is_these_requests_in_this_order() -> None:
    found = Offsets(((0, OLD),))
    asked = _asked(WRITE.start(), [PRODUCER, Done(), found, Done(), Done(), Done(), Done()])
    assert asked == [
        InitProducer("g.settle.1"),
        AddGroup(PRODUCER, "g.job.uid"),
        ReadOffsets("g.job.uid"),
        AddPartitions(PRODUCER, WRITE.outputs),
        Produce(PRODUCER, WRITE.outputs),
        CommitOffset(PRODUCER, "g.job.uid", 0, WRITE.put),
        EndTransaction(PRODUCER, commit=True),
        slot.Written(WRITE),
    ]


def _asked(state: State, answers: list[Answer]) -> list[Request | State]:
    """The requests that a machine makes, and its end."""
    asked: list[Request | State] = []
    for answer in answers:
        assert isinstance(state, Step)
        asked.append(state.request())
        state = state.on(answer)
    return [*asked, state]


@pytest.mark.parametrize(
    ("offsets", "then"),
    [
        (Offsets(), take.Missed()),
        (Offsets(((0, Committed(5)),)), take.Missed()),
        (Offsets(((0, Committed(4, "another topic")),)), take.Missed()),
        (Offsets((), frozenset({0})), take.Missed()),
    ],
    ids=["no frontier", "frontier moved", "another topic", "undecided"],
)
def test_a_claim_leaves_where_the_frontier_is_another_under_the_fence(offsets: Offsets, then: State) -> None:
    assert take.CheckFrontier(PRODUCER, ME, PICKED).on(offsets) == Leave(PRODUCER, then)


@pytest.mark.parametrize(
    "offsets",
    [Offsets(((1, Committed(2)),)), Offsets((), frozenset({1}))],
    ids=["another entry", "perhaps another entry"],
)
def test_a_claim_leaves_where_the_job_has_an_entry_on_any_partition(offsets: Offsets) -> None:
    assert take.CheckOwn(PRODUCER, ME, PICKED).on(offsets) == Leave(PRODUCER, take.HasEntry())


def test_a_claim_without_a_message_moves_the_frontier_only() -> None:
    holes = Picked(0, Committed(4), (), 6)
    move = take.MoveFrontier(PRODUCER, ME, holes)
    assert told(move, Done()) == take.Commit(PRODUCER, ME, holes)
    assert told(move, Done(), Done()) == take.Took(holes, None)


@pytest.mark.parametrize(
    ("offsets", "then"),
    [
        (Offsets(((0, WRITE.put),)), slot.Changed(WRITE, WRITE.put)),
        (Offsets(((0, Committed(4, "other")),)), slot.Changed(WRITE, Committed(4, "other"))),
        (Offsets(((1, OLD),)), slot.Changed(WRITE, None)),
        (Offsets((), frozenset({0})), Pause(slot.Fence(WRITE))),
    ],
    ids=["written by another", "changed", "gone", "undecided"],
)
def test_a_slot_write_leaves_where_the_entry_is_not_what_it_expects(offsets: Offsets, then: State) -> None:
    assert slot.Verify(PRODUCER, WRITE).on(offsets) == Leave(PRODUCER, then)


@pytest.mark.parametrize("answer", [Busy(), Fenced(), Lost()])
def test_a_slot_is_fenced_again_until_it_is_ours(answer: Answer) -> None:
    assert slot.Fence(WRITE).on(answer) == Pause(slot.Fence(WRITE))


@pytest.mark.parametrize("answer", [Busy(), Fenced(), Lost()])
def test_a_claim_whose_fence_fails_is_missed(answer: Answer) -> None:
    assert take.Fence(ME, PICKED).on(answer) == take.Missed()


@pytest.mark.parametrize("fence", [take.Fence(ME, PICKED), slot.Fence(WRITE)])
def test_a_fence_that_kafka_refuses_is_reported(fence: Step) -> None:
    assert fence.on(REFUSED) == Refused(REFUSED)


def test_a_first_frontier_is_left_where_there_is_one() -> None:
    found = Offsets(((0, Committed(9)),))
    present = frontier.Present(Committed(9), created=False)
    assert frontier.Check(PRODUCER, FIRST, "g").on(found) == Leave(PRODUCER, present)


@pytest.mark.parametrize(
    ("answer", "then"), [(Lost(), slot.Fence(TRIED)), (Fenced(), Pause(slot.Fence(TRIED)))]
)
def test_an_end_that_may_have_been_a_commit_is_remembered(answer: Answer, then: State) -> None:
    assert slot.Commit(PRODUCER, WRITE).on(answer) == then


def test_an_entry_that_reads_as_an_earlier_try_left_it_is_written() -> None:
    found = Offsets(((0, WRITE.put),))
    assert slot.Verify(PRODUCER, TRIED).on(found) == Leave(PRODUCER, slot.Written(TRIED))

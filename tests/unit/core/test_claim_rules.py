"""Rules R6 and R9, which the model does not cover: no frontier is guessed, no other's claim is judged."""

import pytest

from mcp_jobs.core.claimant import Claimant, NothingToClaim
from mcp_jobs.core.entry import Committed, Entry, Scope, encode
from mcp_jobs.core.keepalive import Missing, Rewrite
from mcp_jobs.core.log import Reading
from mcp_jobs.core.pick import Measure, Picked, Prefetch, Survey
from mcp_jobs.core.reconcile import JobState, forgettable, orphans, unsettled
from mcp_jobs.core.record import Record
from mcp_jobs.core.requests import (
    Done,
    Ends,
    Expired,
    Fetch,
    Offsets,
    OutOfRange,
    Producer,
    WaitReason,
)
from mcp_jobs.core.step import Pause, Refused
from mcp_jobs.core.transaction import Leave
from unit.core.machine import told

ME = Claimant(group="g", job_uid="uid", holder="pod", topic_id="topic")
SURVEY = Survey(ME)
OURS = Scope("cluster", "team-a", "default")
ENTRY = Entry(offsets=(7,), attempt=1, holder="pod", slot=0, scope=OURS)


def frontiers(**known: int) -> Offsets:
    return Offsets(tuple((int(name[1:]), Committed(offset, "topic")) for name, offset in known.items()))


def ends(*stable_ends: int, dice: float = 0.0) -> Ends:
    return Ends(tuple((p, -1, end) for p, end in enumerate(stable_ends)), dice)


# --- R6: a missing frontier is never 0, nor the log's start ------------------------------------------


def test_a_partition_without_a_frontier_is_not_claimed_from_and_is_named() -> None:
    state = Measure(SURVEY, frontiers(p1=4)).on(ends(9, 4))
    assert state == Pause(SURVEY, WaitReason.IDLE, late=NothingToClaim(frozenset({0})))
    assert isinstance(state, Pause)
    assert state.on(Expired()) == NothingToClaim(unknown=frozenset({0}))


@pytest.mark.parametrize("dice", [0.0, 0.5, 0.99])
def test_messages_of_a_known_partition_are_claimed_beside_an_unknown_one(dice: float) -> None:
    state = Measure(SURVEY, frontiers(p1=4)).on(ends(9, 6, dice=dice))
    assert state == Prefetch(SURVEY, 1, Committed(4, "topic"), 4)


def test_an_undecided_frontier_is_not_a_missing_one() -> None:
    state = Measure(SURVEY, Offsets((), frozenset({0}))).on(ends(9))
    assert state == Pause(SURVEY)


def test_a_frontier_beyond_the_end_of_the_log_is_refused_with_a_sentence() -> None:
    state = Prefetch(SURVEY, 0, Committed(9, "topic"), 9).on(OutOfRange(start=0, end=4))
    assert isinstance(state, Refused)
    assert state.rejection.reason == (
        "the committed offset of partition 0 is 9, but its log ends at 4: the topic lost messages or was"
        " created again; find out which, then reset the group's offset of the partition"
    )


def test_a_frontier_before_the_log_goes_on_at_its_start() -> None:
    state = Prefetch(SURVEY, 0, Committed(2, "topic"), 2).on(OutOfRange(start=5, end=9))
    assert state == Prefetch(SURVEY, 0, Committed(2, "topic"), 5)
    assert isinstance(state, Prefetch)
    assert state.request() == Fetch(0, 5, 1)
    found = state.on(Reading((Record(5),), 6))
    assert found == Picked(0, Committed(2, "topic"), (Record(5),), 6)


def test_what_is_missing_is_not_kept_alive() -> None:
    producer = Producer("g.claim.0", 1, 1)
    start = Rewrite("g.claim.0", "g", 0).start()
    assert told(start, producer, Done(), Offsets()) == Leave(producer, Missing())


# --- R9: entries of another scope are none of our business --------------------------------------------


def offsets(*entries: Entry, undecided: frozenset[int] = frozenset()) -> Offsets:
    return Offsets(tuple((p, encode(entry)) for p, entry in enumerate(entries)), undecided)


@pytest.mark.parametrize(
    "scope",
    [
        Scope("another", "team-a", "default"),
        Scope("cluster", "team-b", "default"),
        Scope("cluster", "team-a", "another"),
        Scope(),
    ],
)
@pytest.mark.parametrize("state", list(JobState))
def test_a_reconciler_ignores_the_entries_of_another_scope(scope: Scope, state: JobState) -> None:
    found = offsets(ENTRY)
    assert list(orphans(found, state, scope)) == list(unsettled(found, scope)) == []
    settled = offsets(ENTRY.with_settled(7))
    assert forgettable(settled, OURS)
    assert not forgettable(settled, scope)


@pytest.mark.parametrize(
    ("state", "found"),
    [
        (JobState.ACTIVE, []),
        (JobState.COMPLETE, [(1, ENTRY)]),
        (JobState.FAILED, [(1, ENTRY)]),
        (JobState.GONE, [(1, ENTRY)]),
    ],
)
def test_the_unsettled_entries_of_every_job_that_is_over_are_orphans(
    state: JobState, found: list[tuple[int, Entry]]
) -> None:
    assert list(orphans(offsets(ENTRY.with_settled(7), ENTRY), state, OURS)) == found


def test_an_undecided_partition_is_not_judged() -> None:
    assert list(orphans(offsets(ENTRY, undecided=frozenset({0})), JobState.GONE, OURS)) == []


@pytest.mark.parametrize(
    "found",
    [
        Offsets(),
        offsets(ENTRY),
        offsets(ENTRY.with_settled(7), ENTRY),
        offsets(ENTRY.with_settled(7), undecided=frozenset({1})),
    ],
    ids=["empty", "unsettled", "partly settled", "undecided"],
)
def test_a_claim_group_is_forgettable_only_when_all_of_it_is_settled(found: Offsets) -> None:
    assert not forgettable(found, OURS)

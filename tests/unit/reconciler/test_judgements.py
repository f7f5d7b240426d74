"""The small decisions: how long something held, what a requeue carries, what an outcome counts for."""

import json
from typing import Any

import pytest

from mcp_jobs.core.alarms import AlarmReason, Frontiers, missing
from mcp_jobs.core.entry import Committed, Entry, Scope, encode
from mcp_jobs.core.lineage import REQUEUED
from mcp_jobs.core.reconcile import Fate, Fates, JobState, forgettable, orphans, unsettled
from mcp_jobs.core.record import Place, Record
from mcp_jobs.core.requests import Ends, Offsets
from mcp_jobs.core.requeue import copy_of, may_requeue, requeues_of
from mcp_jobs.core.steady import Steady
from mcp_jobs.core.surplus import Surplus
from mcp_jobs.core.tally import Tally, read_tally

SCOPE = Scope("c", "n", "w")
OPEN = encode(Entry((1,), 1, "h", 0, scope=SCOPE))
DONE = encode(Entry((1,), 1, "h", 0, settled=1, scope=SCOPE))
FOREIGN = encode(Entry((1,), 1, "h", 0, settled=1))


# --- how long ---------------------------------------------------------------------------------------


def test_what_changes_begins_anew() -> None:
    steady: Steady[str, int] = Steady()

    assert [steady.seconds("k", 1, t) for t in (10, 15)] == [0, 5]
    assert [steady.seconds("k", 2, t) for t in (20, 26)] == [0, 6]


def test_what_was_not_seen_begins_anew() -> None:
    steady: Steady[str, int] = Steady()
    steady.seconds("k", 1, 10)
    steady.keep([])

    assert steady.seconds("k", 1, 20) == 0


# --- which claims -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("offsets", "yes"),
    [
        (Offsets(((0, DONE), (1, DONE))), True),
        (Offsets(((0, DONE), (1, OPEN))), False),
        (Offsets(((0, DONE),), frozenset({1})), False),
        (Offsets(((0, DONE), (1, FOREIGN))), False),
        (Offsets(), False),
    ],
)
def test_a_group_is_forgettable_when_it_is_decided_settled_and_ours(offsets: Offsets, yes: bool) -> None:
    assert forgettable(offsets, SCOPE) is yes


@pytest.mark.parametrize("state", list(JobState))
def test_only_a_job_that_is_over_leaves_orphans(state: JobState) -> None:
    found = list(orphans(Offsets(((0, OPEN), (1, DONE))), state, SCOPE))

    assert [p for p, _ in found] == ([] if state is JobState.ACTIVE else [0])


def test_undecided_and_foreign_claims_are_not_judged() -> None:
    foreign = encode(Entry((1,), 1, "h", 0))

    assert list(unsettled(Offsets(((0, OPEN),), frozenset({0})), SCOPE)) == []
    assert list(unsettled(Offsets(((0, foreign),)), SCOPE)) == []


@pytest.mark.parametrize(
    ("state", "fate"),
    [
        (JobState.COMPLETE, Fate.REQUEUE),
        (JobState.FAILED, Fate.DEAD_LETTER),
        (JobState.GONE, Fate.DEAD_LETTER),
        (JobState.ACTIVE, Fate.DEAD_LETTER),
    ],
)
def test_policy_decides_by_how_the_job_ended(state: JobState, fate: Fate) -> None:
    assert Fates().of(state) is fate


# --- requeue ----------------------------------------------------------------------------------------


def test_a_copy_is_the_message_with_its_lineage() -> None:
    record = Record(7, b"k", b"v", (("own", b"1"),))

    copy = copy_of(record, "topic", 2)

    assert (copy.topic, copy.key, copy.value) == ("topic", b"k", b"v")
    assert copy.headers == (
        ("own", b"1"),
        ("mcp-jobs-requeued-from", b"topic/2/7"),
        ("mcp-jobs-requeues", b"1"),
    )


@pytest.mark.parametrize(
    ("header", "may"), [(None, True), (b"0", True), (b"1", False), (b"x", False), (b"0" * 5000, False)]
)
def test_a_message_is_requeued_once(header: bytes | None, may: bool) -> None:
    headers = (("mcp-jobs-requeues", header),) if header is not None else ()

    assert may_requeue(Record(1, headers=headers)) is may
    assert not may_requeue(None)


@pytest.mark.parametrize(
    ("header", "origin"),
    [
        (b"t/2/7", Place(2, 7)),
        (b"t/2/7/8", None),
        (b"other/2/7", None),
        (b"t/2/x", None),
        (b"t/2/" + b"7" * 5000, None),
        (b"", None),
    ],
)
def test_a_copy_says_where_it_is_from_and_nothing_else_does(header: bytes, origin: Place | None) -> None:
    assert REQUEUED.origin_of(Record(9, headers=(("mcp-jobs-requeued-from", header),)), "t") == origin
    assert REQUEUED.origin_of(Record(9), "t") is None


def test_a_lineage_is_replaced_and_not_repeated() -> None:
    copy = copy_of(Record(1), "t", 0)
    again = copy_of(Record(9, headers=copy.headers), "t", 1)

    assert dict(again.headers) == {"mcp-jobs-requeued-from": b"t/1/9", "mcp-jobs-requeues": b"2"}
    assert requeues_of(Record(9, headers=again.headers)) == 2


# --- surplus runs -----------------------------------------------------------------------------------


def test_a_complete_job_without_a_claim_counts_once_and_one_look_later() -> None:
    surplus = Surplus()

    assert surplus.look({"old"}, set()) == 0
    assert surplus.look({"old", "empty", "busy"}, set()) == 0
    assert surplus.look({"old", "empty", "busy"}, {"busy"}) == 1
    assert surplus.look({"old", "empty", "busy"}, set()) == 0


def test_a_job_may_be_deleted_before_it_is_judged() -> None:
    surplus = Surplus()
    surplus.look(set(), set())
    surplus.look({"empty"}, set())

    assert surplus.look(set(), set()) == 1


# --- outcomes ---------------------------------------------------------------------------------------


def outcome(**fields: object) -> bytes:
    whole = {"topic": "t", "tenant": None, "status": "succeeded", "attempt": 1, "durationMs": 1500}
    return json.dumps({**whole, "error": None, **fields}).encode()


def test_an_outcome_is_counted() -> None:
    assert read_tally(outcome(), "t") == Tally(status="succeeded", tenant="", seconds=1.5, retries=0, kind="")
    failed = outcome(status="failed", tenant="acme", attempt=3, durationMs=0, error={"class": "deleted"})
    assert read_tally(failed, "t") == Tally(
        status="failed", tenant="acme", seconds=None, retries=2, kind="deleted"
    )


@pytest.mark.parametrize(
    ("told", "kept"), [("a" * 32, "a" * 32), ("A" * 32, ""), ("a" * 3000, ""), (None, ""), (7, "")]
)
def test_only_what_is_a_trace_id_is_kept_as_one(told: object, kept: str) -> None:
    tally = read_tally(outcome(traceId=told), "t")
    assert tally
    assert tally.trace_id == kept


@pytest.mark.parametrize("status", ["cancelled", "duplicate"])
def test_a_message_that_nobody_wanted_is_no_dead_letter(status: str) -> None:
    tally = read_tally(outcome(status=status, error={"class": status}), "t")
    assert tally
    assert (tally.status, tally.kind) == (status, "")


@pytest.mark.parametrize(
    "value", [None, b"", b"[]", b"{}", b"\xff", outcome(topic="x"), outcome(attempt="x")]
)
def test_what_is_no_outcome_of_ours_is_not_counted(value: bytes | None) -> None:
    assert read_tally(value, "t") is None


# --- alarms -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("frontier", "facts", "reasons"),
    [
        (Committed(5, "t"), {}, []),
        (Committed(5), {}, []),
        (Committed(5, "t"), {"state": "Stable"}, [AlarmReason.MEMBERS]),
        (Committed(5, "t"), {"state": "Empty"}, []),
        (Committed(5, "t"), {"before": {0: 6}}, [AlarmReason.BACKWARDS]),
        (Committed(5, "t"), {"claimed": {0: 6}}, [AlarmReason.BELOW_CLAIMS]),
        (Committed(11, "t"), {}, [AlarmReason.BEYOND_END]),
        (Committed(1, "t"), {}, [AlarmReason.RETENTION]),
        (Committed(5, "other"), {}, [AlarmReason.TOPIC]),
    ],
)
def test_a_danger_to_the_frontier_is_an_alarm(
    frontier: Committed, facts: dict[str, Any], reasons: list[AlarmReason]
) -> None:
    calm: dict[str, Any] = {"group": "g", "topic_id": "t", "state": "", "claimed": {0: 5}, "before": {0: 5}}
    if frontier.offset < 5:
        calm |= {"claimed": {}, "before": {}}
    known = calm | {"committed": Offsets(((0, frontier),)), "ends": Ends(((0, 2, 10),), 0.0)} | facts

    found = list(Frontiers(**known).alarms())

    assert [alarm.reason for alarm in found] == reasons
    assert all("{" not in alarm.sentence for alarm in found)


def test_a_missing_frontier_says_what_to_do() -> None:
    assert "mcp-jobs init" in missing("g", 0, "there is no checkpoint of it yet").sentence

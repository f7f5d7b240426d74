"""Claimed messages are read again, whatever the log has become meanwhile."""

import pytest

from mcp_jobs.core.claimant import Claimed
from mcp_jobs.core.entry import Entry
from mcp_jobs.core.log import Reading
from mcp_jobs.core.record import Record
from mcp_jobs.core.requests import Answer, Busy, Fenced, Fetch, Lost, OutOfRange
from mcp_jobs.core.resume import Refetch
from mcp_jobs.core.step import Pause
from unit.core.machine import told

MINE = Entry((4, 6), attempt=1, holder="me", slot=5)


def records(*offsets: int) -> tuple[Record, ...]:
    return tuple(Record(offset) for offset in offsets)


def test_claimed_messages_are_read_piece_by_piece_and_strangers_between_are_left_out() -> None:
    entry = Entry((4, 6, 9), 1, "me", 0)
    first = Refetch(0, entry)
    assert first.request() == Fetch(0, 4, 3)
    second = told(first, Reading(records(4, 5), 6))
    assert isinstance(second, Refetch)
    assert second.request() == Fetch(0, 6, 2)
    assert told(second, Reading(records(6, 8), 9), Reading(records(9), 10)) == Claimed(
        0, entry, records(4, 6, 9)
    )


def test_settled_messages_are_not_read_again() -> None:
    entry = Entry((4, 5, 6), 1, "me", 0).with_settled(4)
    assert Refetch(0, entry).request() == Fetch(0, 5, 2)


@pytest.mark.parametrize(
    ("start", "kept"), [(5, records(6)), (7, ())], ids=["one of two is gone", "all are gone"]
)
def test_messages_that_retention_deleted_are_missing_from_the_claim(
    start: int, kept: tuple[Record, ...]
) -> None:
    state = Refetch(0, MINE).on(OutOfRange(start, 9))
    if kept:
        assert isinstance(state, Refetch)
        assert state.request() == Fetch(0, 5, 2)
        state = state.on(Reading(kept, 7))
    assert state == Claimed(0, MINE, kept)


def test_a_piece_of_nothing_but_holes_does_not_end_the_reading() -> None:
    entry = Entry((4, 900), 1, "me", 0)
    state = told(Refetch(0, entry), Reading(records(4), 5), Reading((), 700))
    assert isinstance(state, Refetch)
    assert state.request() == Fetch(0, 700, 1)


def test_a_reading_that_brings_nothing_is_repeated_after_a_moment() -> None:
    assert Refetch(0, MINE).on(Reading((), 4)) == Pause(Refetch(0, MINE))


@pytest.mark.parametrize("answer", [Lost(), Busy(), Fenced()])
def test_a_read_without_an_answer_is_repeated(answer: Answer) -> None:
    assert Refetch(0, MINE).on(answer) == Pause(Refetch(0, MINE))

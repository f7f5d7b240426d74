"""What a read-committed reader sees of a piece of the log, as Kafka sends it (rule R8)."""

import pytest

from mcp_jobs.core.log import Batch, Reading, readable
from mcp_jobs.core.record import Record

P, Q = 7, 8  #: producer ids


def batch(*offsets: int, last: int | None = None) -> Batch:
    """A batch with messages at these offsets; compaction may have left it longer than they are."""
    return Batch(offsets[0], offsets[-1] if last is None else last, records=_records(offsets))


def transactional(producer: int, *offsets: int) -> Batch:
    return Batch(offsets[0], offsets[-1], producer_id=producer, transactional=True, records=_records(offsets))


def marker(producer: int, offset: int, *, aborts: bool) -> Batch:
    return Batch(
        offset,
        offset,
        producer_id=producer,
        transactional=True,
        control=True,
        aborts=aborts,
        records=_records((offset,)),
    )


def _records(offsets: tuple[int, ...]) -> tuple[Record, ...]:
    return tuple(Record(offset) for offset in offsets)


def read(
    *batches: Batch, aborted: tuple[tuple[int, int], ...] = (), start: int = 0, limit: int = 9
) -> Reading:
    return readable(batches, aborted, start=start, limit=limit)


def reading(*offsets: int, next_offset: int) -> Reading:
    return Reading(_records(offsets), next_offset)


def test_messages_are_returned_in_order_and_the_next_offset_is_behind_them() -> None:
    assert read(batch(0, 1), batch(2)) == reading(0, 1, 2, next_offset=3)


def test_nothing_leads_nowhere() -> None:
    assert read(start=5) == reading(next_offset=5)


def test_a_committed_transaction_is_read_and_its_marker_stepped_over() -> None:
    found = read(transactional(P, 0, 1), marker(P, 2, aborts=False))
    assert found == reading(0, 1, next_offset=3)


def test_an_aborted_transaction_is_stepped_over_with_its_marker() -> None:
    found = read(transactional(P, 0, 1), marker(P, 2, aborts=True), batch(3), aborted=((P, 0),))
    assert found == reading(3, next_offset=4)


def test_of_two_producers_only_the_aborted_one_is_left_out() -> None:
    log = (
        transactional(P, 0),
        transactional(Q, 1),
        transactional(P, 2),
        marker(P, 3, aborts=True),
        transactional(Q, 4),
        marker(Q, 5, aborts=False),
    )
    assert read(*log, aborted=((P, 0),)) == reading(1, 4, next_offset=6)


@pytest.mark.parametrize("aborted", [((P, 0), (P, 4)), ((P, 4), (P, 0))], ids=["in order", "out of order"])
def test_a_producer_may_abort_commit_and_abort_again(aborted: tuple[tuple[int, int], ...]) -> None:
    log = (
        transactional(P, 0),
        marker(P, 1, aborts=True),
        transactional(P, 2),
        marker(P, 3, aborts=False),
        transactional(P, 4),
        marker(P, 5, aborts=True),
    )
    assert read(*log, aborted=aborted) == reading(2, next_offset=6)


def test_a_message_outside_of_transactions_is_read_whatever_its_producer_aborts() -> None:
    log = (transactional(P, 0), batch(1), marker(P, 2, aborts=True))
    assert read(*log, aborted=((P, 0),)) == reading(1, next_offset=3)


def test_an_aborted_transaction_that_began_before_the_piece_is_left_out() -> None:
    log = (transactional(P, 5), marker(P, 6, aborts=True), batch(7))
    assert read(*log, aborted=((P, 2),), start=5) == reading(7, next_offset=8)


def test_a_compressed_batch_that_starts_before_the_offset_is_read_from_the_offset_on() -> None:
    assert read(batch(0, 1, 2, 3), start=2) == reading(2, 3, next_offset=4)


def test_holes_that_compaction_left_are_stepped_over() -> None:
    assert read(batch(0, 3, last=5), batch(9)) == reading(0, 3, 9, next_offset=10)


def test_a_batch_that_compaction_emptied_is_stepped_over() -> None:
    assert read(Batch(0, 4), start=2) == reading(next_offset=5)


@pytest.mark.parametrize(
    ("limit", "found"),
    [
        (1, reading(0, next_offset=1)),
        (2, reading(0, 1, next_offset=4)),
        (3, reading(0, 1, 4, next_offset=8)),
        (4, reading(0, 1, 4, 8, next_offset=9)),
    ],
)
def test_the_limit_ends_the_reading_at_the_next_message_past_the_holes_between(
    limit: int, found: Reading
) -> None:
    log = (batch(0, 1), marker(P, 2, aborts=False), batch(4, last=6), marker(Q, 7, aborts=False), batch(8))
    assert read(*log, limit=limit) == found


def test_markers_behind_the_last_message_are_stepped_over_though_the_limit_is_reached() -> None:
    log = (transactional(P, 0), marker(P, 1, aborts=False), marker(Q, 2, aborts=True))
    assert read(*log, limit=1) == reading(0, next_offset=3)


def test_a_piece_of_nothing_but_holes_moves_the_next_offset() -> None:
    log = (transactional(P, 3, 4), marker(P, 5, aborts=True))
    assert read(*log, aborted=((P, 3),), start=3, limit=1) == reading(next_offset=6)

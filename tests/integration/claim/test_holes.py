"""What stands in the log besides messages: control records, aborted records, compaction holes, batches."""

import time

import pytest

from integration.claim.conftest import MakeWorkload
from integration.claim.workload import Workload
from mcp_jobs.core.claimant import Claimed, NothingToClaim


def drain(workload: Workload) -> list[bytes | None]:
    """Claim until there is nothing left; the values in the order of the claims."""
    values: list[bytes | None] = []
    while isinstance(end := workload.claim(), Claimed):
        values.extend(record.value for record in end.records)
    assert end == NothingToClaim()
    return values


def test_an_aborted_message_is_never_claimed_and_its_markers_are_no_lag(make_workload: MakeWorkload) -> None:
    workload = make_workload(1)
    workload.produce_in_transaction([b"aborted"], partition=0, commit=False)
    workload.produce_in_transaction([b"committed"], partition=0)

    assert drain(workload) == [b"committed"]
    assert workload.lags() == {0: 0}


def test_a_partition_with_nothing_but_aborted_messages_comes_to_lag_0(make_workload: MakeWorkload) -> None:
    workload = make_workload(1)
    workload.produce_in_transaction([b"a", b"b", b"c"], partition=0, commit=False)

    assert drain(workload) == []
    assert workload.lags() == {0: 0}


def test_a_trailing_commit_marker_is_stepped_over_with_the_message(make_workload: MakeWorkload) -> None:
    workload = make_workload(1)
    workload.produce_in_transaction([b"only"], partition=0)

    workload.claimed()

    assert workload.lags() == {0: 0}


def test_compaction_holes_are_stepped_over(make_workload: MakeWorkload) -> None:
    workload = make_workload(
        1,
        cleanup_policy="compact",
        segment_ms=100,
        min_cleanable_dirty_ratio="0.01",
        max_compaction_lag_ms=1,
    )
    deadline = time.monotonic() + 60
    count = 0
    while len(workload.records(workload.topic)) >= count - 1:  # the same key again and again
        assert time.monotonic() < deadline, "the broker has not compacted the topic"
        workload.produce([b"%d" % count], key=b"same")
        count += 1

    values = drain(workload)

    assert len(values) < count
    assert values[-1] == b"%d" % (count - 1)
    assert workload.lags() == {0: 0}


@pytest.mark.parametrize("codec", ["gzip", "lz4", "snappy", "zstd"])
def test_messages_of_a_compressed_batch_are_claimed_one_by_one(
    make_workload: MakeWorkload, codec: str
) -> None:
    workload = make_workload(1)
    workload.produce([b"%d" % i * 50 for i in range(6)], compression_type=codec, linger_ms=200)

    assert drain(workload) == [b"%d" % i * 50 for i in range(6)]


def test_a_batch_skips_holes_instead_of_counting_them(make_workload: MakeWorkload) -> None:
    workload = make_workload(1)
    workload.produce([b"a"])
    workload.produce_in_transaction([b"gone"], partition=0, commit=False)
    workload.produce_in_transaction([b"b"], partition=0)
    workload.produce([b"c"])

    claimed = workload.claimed(workload.me(batch_size=10))

    assert [record.value for record in claimed.records] == [b"a", b"b", b"c"]
    assert claimed.entry.offsets == (0, 3, 5)
    assert workload.lags() == {0: 0}

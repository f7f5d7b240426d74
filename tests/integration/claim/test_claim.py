"""Claims on real Kafka, one message after another."""

from collections import Counter
from dataclasses import replace

from integration.claim.conftest import MakeWorkload
from integration.claim.workload import parallel
from mcp_jobs.core.claimant import AlreadySettled, Claimed, NothingToClaim
from mcp_jobs.core.entry import decode


def test_a_claim_moves_the_frontier_and_writes_the_jobs_entry(make_workload: MakeWorkload) -> None:
    workload = make_workload(1)
    workload.produce([b"first", b"second"])
    me = workload.me()

    claimed = workload.claimed(me)

    assert [record.value for record in claimed.records] == [b"first"]
    assert workload.frontiers() == {0: 1}
    [(partition, committed)] = workload.offsets(me.claim_group).committed
    assert partition == 0
    assert decode(committed) == claimed.entry == me.entry(claimed.records)


def test_every_message_is_claimed_by_one_job_when_many_claim_at_once(make_workload: MakeWorkload) -> None:
    workload = make_workload(3)
    workload.produce([b"%d" % i for i in range(40)])

    claims = parallel([workload.claimed] * 40)

    assert Counter((c.partition, c.records[0].offset) for c in claims).most_common(1)[0][1] == 1
    assert workload.lags() == {0: 0, 1: 0, 2: 0}


def test_there_is_nothing_to_claim_on_an_empty_topic(make_workload: MakeWorkload) -> None:
    assert make_workload().claim() == NothingToClaim()


def test_a_retry_pod_takes_its_jobs_message_over_as_the_next_attempt(make_workload: MakeWorkload) -> None:
    workload = make_workload()
    workload.produce([b"mine", b"other"])
    first = workload.claimed(workload.me("job-1"))

    second = workload.claimed(workload.me("job-1"))

    assert second.records == first.records
    assert second.entry.attempt == 2
    assert second.entry.slot == first.entry.slot
    assert sum(workload.lags().values()) == 1


def test_a_job_that_has_settled_its_message_never_claims_another(make_workload: MakeWorkload) -> None:
    workload = make_workload()
    workload.produce([b"{}", b"{}"])
    workload.run(workload.me("job-1"))

    assert workload.claim(workload.me("job-1")) == AlreadySettled()
    assert sum(workload.lags().values()) == 1


def test_a_batch_is_claimed_from_one_partition_and_settled_message_by_message(
    make_workload: MakeWorkload,
) -> None:
    workload = make_workload(1)
    workload.produce([b"%d" % i for i in range(5)])

    workload.run(workload.me(batch_size=3))
    workload.run(workload.me(batch_size=3))

    assert workload.outcomes() == [(0, offset) for offset in range(5)]
    assert workload.lags() == {0: 0}


def test_partitions_without_a_frontier_are_not_guessed_but_named(make_workload: MakeWorkload) -> None:
    workload = make_workload(2, install=False)
    workload.produce([b"waits"])

    assert workload.claim() == NothingToClaim(unknown=frozenset({0, 1}))


def test_first_frontiers_are_committed_once_and_moved_by_nobody_else(make_workload: MakeWorkload) -> None:
    workload = make_workload(2, install=False)
    workload.produce([b"first", b"second"], partition=0)

    assert workload.install() == {0: 0, 1: 0}
    workload.claimed()
    assert workload.install() == {}
    assert workload.frontiers() == {0: 1, 1: 0}


def test_a_frontier_that_may_have_expired_is_left_to_a_person(make_workload: MakeWorkload) -> None:
    workload = make_workload(2, install=False)
    workload.install()
    workload.produce([b"first", b"second"], partition=0)
    workload.claimed()
    workload.forget_frontier(0)

    assert workload.install() == {}
    assert workload.claim() == NothingToClaim(unknown=frozenset({0}))


def test_a_group_that_claims_of_another_topic_begins_a_new_one(make_workload: MakeWorkload) -> None:
    other, workload = make_workload(1), make_workload(1, install=False)
    other.produce([b"theirs"])
    other.claimed()
    workload.produce([b"ours"])

    assert replace(workload, group=other.group).install() == {0: 0}


def test_the_frontier_of_an_earlier_topic_of_that_name_is_not_taken_for_this_ones(
    make_workload: MakeWorkload,
) -> None:
    workload = make_workload(1)
    workload.produce([b"first", b"second"])
    workload.claimed(workload.me(topic_id="the-topic-before"))

    assert workload.claimed(workload.me(topic_id="this-topic")).records[0].offset == 0
    assert workload.claimed(workload.me(topic_id="this-topic")).records[0].offset == 1


def test_installing_while_jobs_claim_loses_nothing(make_workload: MakeWorkload) -> None:
    workload = make_workload(1)
    workload.produce([b"%d" % i for i in range(8)])

    results = parallel([workload.claimed] * 8 + [workload.install] * 3)

    assert sorted(c.records[0].offset for c in results if isinstance(c, Claimed)) == list(range(8))

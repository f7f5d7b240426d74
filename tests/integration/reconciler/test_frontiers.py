"""Frontiers that expire, are reset, are missing: restored from what is known, never guessed."""

import time

from kafka import KafkaAdminClient, KafkaConsumer
from kafka.structs import OffsetAndMetadata, TopicPartition

from integration.reconciler.conftest import MakeHelper
from integration.reconciler.helper import Helper
from mcp_jobs.core.checkpoint import from_json
from mcp_jobs.core.claimant import NothingToClaim
from mcp_jobs.reconciler.ports import Times

ALARMS = "mcp_jobs_frontier_alarms_total"


def forget_frontier(admin: KafkaAdminClient, helper: Helper, partition: int = 0) -> None:
    """Have Kafka forget a frontier, as it does when the offset expires."""
    where = TopicPartition(helper.topic.topic, partition)
    admin.delete_group_offsets(helper.topic.group, [where])
    assert partition not in helper.topic.frontiers()


def reset_frontier(admin: KafkaAdminClient, helper: Helper, offset: int) -> None:
    """Reset a frontier, as kafka-consumer-groups.sh does."""
    where = TopicPartition(helper.topic.topic, 0)
    admin.alter_group_offsets(helper.topic.group, {where: OffsetAndMetadata(offset, "", -1)})


def alarms(helper: Helper) -> dict[str, int]:
    return {key[1]: count for key, count in helper.metrics.counts.items() if key[0] == ALARMS}


def test_an_expired_frontier_is_restored_from_the_checkpoint(
    make_helper: MakeHelper, admin: KafkaAdminClient
) -> None:
    helper = make_helper()
    helper.topic.produce([b"a", b"b", b"c"])
    helper.topic.claimed(helper.pod("a"))
    helper.topic.claimed(helper.pod("b"))
    helper.sweep()
    forget_frontier(admin, helper)

    Helper(helper.topic, jobs=helper.jobs, checkpoints=helper.checkpoints).sweep()

    assert helper.topic.frontiers() == {0: 2}
    assert [r.value for r in helper.topic.claimed(helper.pod("c")).records] == [b"c"]


def test_claims_that_are_younger_than_the_checkpoint_count_too(
    make_helper: MakeHelper, admin: KafkaAdminClient
) -> None:
    helper = make_helper()
    helper.topic.produce([b"a", b"b", b"c"])
    helper.sweep()
    helper.topic.run(helper.pod("a"))
    helper.topic.run(helper.pod("b"))
    helper.sweep()
    assert from_json(helper.checkpoints.kept["w"]).frontiers == {0: 0}
    forget_frontier(admin, helper)

    helper.sweep()

    assert helper.topic.frontiers() == {0: 2}


def test_a_missing_frontier_is_not_restored_before_it_has_been_missing_for_a_while(
    make_helper: MakeHelper, admin: KafkaAdminClient
) -> None:
    helper = make_helper(times=Times(missing=60, patience=2))
    helper.topic.produce([b"a"])
    helper.sweep()
    forget_frontier(admin, helper)

    helper.sweep()
    helper.time.seconds += 59
    helper.sweep()
    assert helper.topic.frontiers() == {}
    assert alarms(helper) == {"missing": 2}

    helper.time.seconds += 1
    helper.sweep()
    assert helper.topic.frontiers() == {0: 0}


def test_without_a_checkpoint_a_missing_frontier_is_an_alarm(
    make_helper: MakeHelper, admin: KafkaAdminClient
) -> None:
    helper = make_helper(2)
    helper.topic.produce([b"a"], partition=0)
    forget_frontier(admin, helper)

    helper.sweep()
    helper.sweep()  # by now there is a checkpoint, and the partition is not in it

    assert helper.topic.frontiers() == {1: 0}
    assert alarms(helper) == {"missing": 2}
    assert helper.topic.claim() == NothingToClaim(frozenset({0}))


def test_without_an_answer_of_kubernetes_a_missing_frontier_stays_missing(
    make_helper: MakeHelper, admin: KafkaAdminClient
) -> None:
    helper = make_helper()
    helper.sweep()
    forget_frontier(admin, helper)
    helper.checkpoints.down = True

    Helper(helper.topic, checkpoints=helper.checkpoints).sweep()

    assert helper.topic.frontiers() == {}


def test_a_new_partition_begins_at_the_start_of_its_log(
    make_helper: MakeHelper, admin: KafkaAdminClient
) -> None:
    helper = make_helper()
    helper.sweep()
    admin.create_partitions({helper.topic.topic: 2})
    wait_for_partitions(helper, 2)
    helper.topic.produce([b"a"], partition=1)

    helper.sweep()

    assert helper.topic.frontiers() == {0: 0, 1: 0}
    helper.sweep()
    assert from_json(helper.checkpoints.kept["w"]).partitions == 2
    assert [r.value for r in helper.topic.claimed(helper.pod("a")).records] == [b"a"]
    forget_frontier(admin, helper, 1)  # it is known from now on
    helper.sweep()
    assert helper.topic.frontiers() == {0: 0, 1: 1}


def wait_for_partitions(helper: Helper, count: int) -> None:
    deadline = time.monotonic() + 20
    consumer = KafkaConsumer(**helper.topic.config)
    while len(consumer.partitions_for_topic(helper.topic.topic) or ()) < count:
        assert time.monotonic() < deadline, "the new partition does not come up"
        time.sleep(0.1)
    consumer.close()


def test_a_topic_that_was_created_again_begins_anew(make_helper: MakeHelper, admin: KafkaAdminClient) -> None:
    helper = make_helper()
    helper.topic.produce([b"old"] * 3)
    helper.topic.run(helper.pod("a"))
    helper.sweep()
    admin.delete_topics([helper.topic.topic])
    deadline = time.monotonic() + 20
    while helper.topic.topic in admin.list_topics():
        assert time.monotonic() < deadline, "the topic is not deleted"
    settings = {"num_partitions": 1, "replication_factor": 1, "configs": {}}
    admin.create_topics({helper.topic.topic: settings}, wait_for_metadata=True)
    helper.topic.produce([b"new"])

    helper.sweep()

    assert helper.topic.frontiers() == {0: 0}
    assert "backwards" not in alarms(helper)
    assert [r.value for r in helper.topic.claimed(helper.pod("b")).records] == [b"new"]


def test_a_group_with_members_is_an_alarm(make_helper: MakeHelper) -> None:
    helper = make_helper()
    consumer = KafkaConsumer(
        helper.topic.topic, **helper.topic.config, group_id=helper.topic.group, enable_auto_commit=False
    )
    deadline = time.monotonic() + 30
    while not consumer.assignment():
        assert time.monotonic() < deadline, "the consumer does not join"
        consumer.poll(timeout_ms=100)

    helper.sweep()
    consumer.close()

    assert alarms(helper) == {"members": 1}
    helper.sweep()
    assert alarms(helper) == {"members": 1}


def test_a_frontier_that_moves_back_is_an_alarm(make_helper: MakeHelper, admin: KafkaAdminClient) -> None:
    helper = make_helper()
    helper.topic.produce([b"a", b"b"])
    helper.topic.claimed(helper.pod("a"))
    helper.sweep()
    assert alarms(helper) == {}
    reset_frontier(admin, helper, 0)

    helper.sweep()

    assert alarms(helper) == {"backwards": 1, "below-claims": 1}


def test_a_new_leader_sees_that_the_frontier_moved_back(
    make_helper: MakeHelper, admin: KafkaAdminClient
) -> None:
    helper = make_helper()
    helper.topic.produce([b"a", b"b"])
    helper.topic.run(helper.pod("a"))
    helper.sweep()
    reset_frontier(admin, helper, 0)
    leader = Helper(helper.topic, checkpoints=helper.checkpoints)

    leader.sweep()

    assert "backwards" in alarms(leader)


def test_messages_that_retention_took_before_their_claim_are_an_alarm(make_helper: MakeHelper) -> None:
    helper = make_helper()
    helper.topic.produce([b"a", b"b"])
    helper.topic.delete_records_before(1)

    helper.sweep()

    assert alarms(helper) == {"retention": 1}


def test_a_frontier_beyond_the_end_is_an_alarm(make_helper: MakeHelper, admin: KafkaAdminClient) -> None:
    helper = make_helper()
    reset_frontier(admin, helper, 7)

    helper.sweep()

    assert alarms(helper) == {"beyond-end": 1}


def test_holes_are_stepped_over_without_a_job(make_helper: MakeHelper) -> None:
    helper = make_helper()
    helper.topic.produce_in_transaction([b"gone"] * 3, partition=0, commit=False)
    assert helper.topic.lags() == {0: 4}

    helper.sweep()
    helper.sweep()

    assert helper.topic.lags() == {0: 0}
    assert helper.metrics.gauges["mcp_jobs_lag", "0", "w"] == 0


def test_lag_and_age_of_unclaimed_messages_are_measured(make_helper: MakeHelper) -> None:
    helper = make_helper(2)
    helper.topic.produce([b"a", b"b"], partition=1)
    helper.time.seconds = time.time() - 1_800_000_000 + 30

    helper.sweep()

    assert helper.metrics.gauges["mcp_jobs_lag", "0", "w"] == 0
    assert helper.metrics.gauges["mcp_jobs_lag", "1", "w"] == 2
    assert 29 < helper.metrics.gauges["mcp_jobs_oldest_unclaimed_age_seconds", "w"] < 60

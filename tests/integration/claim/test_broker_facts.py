"""What the claim protocol takes for granted about Kafka, asked of a real broker.

An upgrade of Kafka or kafka-python that changes one of these is caught here, not in production.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from kafka import KafkaAdminClient, KafkaConsumer
from kafka.protocol.consumer import OffsetFetchRequest
from kafka.protocol.producer import InitProducerIdRequest

from integration.claim.conftest import MakeWorkload
from integration.claim.workload import Workload
from mcp_jobs.adapters.kafka import wire
from mcp_jobs.adapters.kafka.connection import GROUP, TRANSACTION, Connection
from mcp_jobs.adapters.kafka.session import Session
from mcp_jobs.core.entry import Committed
from mcp_jobs.core.requests import (
    AddGroup,
    Answer,
    Busy,
    CommitOffset,
    Described,
    DescribeTransaction,
    Done,
    EndTransaction,
    Fenced,
    InitProducer,
    Offsets,
    Producer,
    ReadOffsets,
    Rejected,
)


@pytest.fixture
def workload(make_workload: MakeWorkload) -> Workload:
    """A workload without frontiers: nothing but this test writes to its groups."""
    return make_workload(2, install=False)


@pytest.fixture
def session(workload: Workload) -> Iterator[Session]:
    with workload.session() as session:
        yield session


@contextmanager
def connected(workload: Workload) -> Iterator[Connection]:
    with Connection(workload.config) as connection:
        yield connection


def init(session: Session, name: str) -> Producer:
    """A producer; asks again while the broker ends the transaction before."""
    answer: Answer = Busy()
    while answer == Busy():
        answer = session.execute(InitProducer(name))
    assert isinstance(answer, Producer), answer
    return answer


def begin(session: Session, workload: Workload, name: str, offset: int, *, partition: int = 0) -> Producer:
    """A transaction with one offset written and not yet decided."""
    producer = init(session, name)
    assert session.execute(AddGroup(producer, workload.group)) == Done()
    commit = CommitOffset(producer, workload.group, partition, Committed(offset))
    assert session.execute(commit) == Done()
    return producer


def test_a_plain_init_takes_the_id_over_with_a_higher_epoch(session: Session, workload: Workload) -> None:
    first = init(session, workload.group)
    second = init(session, workload.group)

    assert second == replace(first, epoch=first.epoch + 1)


def test_a_fenced_producer_can_neither_open_write_nor_end(session: Session, workload: Workload) -> None:
    old = begin(session, workload, workload.group, 5)
    new = init(session, workload.group)

    assert session.execute(AddGroup(old, workload.group)) == Fenced()
    assert session.execute(CommitOffset(old, workload.group, 0, Committed(6))) == Fenced()
    assert session.execute(EndTransaction(old, commit=True)) == Fenced()
    assert session.execute(ReadOffsets(workload.group)) == Offsets()
    assert session.execute(AddGroup(new, workload.group)) == Done()


def test_an_init_on_an_ongoing_transaction_is_busy_first_and_aborts_it(
    session: Session, workload: Workload
) -> None:
    begin(session, workload, workload.group, 5)

    assert session.execute(InitProducer(workload.group)) == Busy()
    init(session, workload.group)
    assert session.execute(ReadOffsets(workload.group)) == Offsets()


def test_once_an_init_succeeds_the_decided_offsets_before_it_can_be_read(
    session: Session, workload: Workload
) -> None:
    for offset in range(1, 20):
        producer = begin(session, workload, workload.group, offset)
        assert session.execute(EndTransaction(producer, commit=True)) == Done()
        init(session, workload.group)
        assert session.execute(ReadOffsets(workload.group)) == Offsets(((0, Committed(offset)),))


def test_an_init_with_the_expected_epoch_hands_one_epoch_to_several_callers(workload: Workload) -> None:
    """Why KIP-360's expected epoch is no compare-and-swap: the broker takes the previous one for a retry."""
    with connected(workload) as connection:
        node = connection.until(lambda: connection.coordinator(TRANSACTION, workload.group))
        first = connection.send(node, wire.init_producer(workload.group, 10))
        expecting: dict[str, Any] = {
            "transactional_id": workload.group,
            "transaction_timeout_ms": 10_000,
            "producer_id": first.producer_id,
            "producer_epoch": first.producer_epoch,
            "version": 4,
        }
        epochs = {connection.send(node, InitProducerIdRequest(**expecting)).producer_epoch for _ in range(3)}
    assert epochs == {first.producer_epoch + 1}


def test_a_pending_offset_reads_as_undecided_if_stability_is_asked_for(
    session: Session, workload: Workload
) -> None:
    producer = begin(session, workload, workload.group, 5)

    assert session.execute(ReadOffsets(workload.group)) == Offsets(undecided=frozenset({0}))
    assert session.execute(ReadOffsets(workload.group, stable=False)) == Offsets()
    session.execute(EndTransaction(producer, commit=False))


def test_a_read_that_names_no_partition_hides_what_is_undecided(session: Session, workload: Workload) -> None:
    """Why every partition is named: asked for all, the broker answers "nothing, stable"."""
    producer = begin(session, workload, workload.group, 5)

    with connected(workload) as connection:
        node = connection.until(lambda: connection.coordinator(GROUP, workload.group))
        everything = OffsetFetchRequest.OffsetFetchRequestGroup(group_id=workload.group, topics=None)
        request = OffsetFetchRequest(groups=[everything], require_stable=True, version=8)
        [answer] = connection.send(node, request).groups

    assert (answer.error_code, list(answer.topics)) == (0, [])
    session.execute(EndTransaction(producer, commit=False))


def test_a_transaction_that_has_written_nothing_is_invisible_to_a_stable_read(
    session: Session, workload: Workload
) -> None:
    producer = init(session, workload.group)
    session.execute(AddGroup(producer, workload.group))

    assert session.execute(ReadOffsets(workload.group)) == Offsets()
    described = session.execute(DescribeTransaction(workload.group))
    assert described == Described(ongoing=True, epoch=(producer.id, producer.epoch))


def test_an_id_that_nobody_used_is_in_no_transaction(session: Session, workload: Workload) -> None:
    assert session.execute(DescribeTransaction(f"{workload.group}-unused")) == Described(ongoing=False)


def test_metadata_that_is_too_large_is_refused_inside_a_good_response(
    session: Session, workload: Workload
) -> None:
    """Why every partition's code is read: the transaction would commit all the same, without the offset."""
    producer = init(session, workload.group)
    session.execute(AddGroup(producer, workload.group))

    refused = session.execute(CommitOffset(producer, workload.group, 0, Committed(1, "x" * 4097)))

    assert isinstance(refused, Rejected)
    assert "offset.metadata.max.bytes" in refused.reason
    assert session.execute(EndTransaction(producer, commit=True)) == Done()


def test_an_offset_in_a_group_that_was_not_added_is_refused(session: Session, workload: Workload) -> None:
    producer = init(session, workload.group)

    assert session.execute(CommitOffset(producer, workload.group, 0, Committed(1))) == Fenced()


def test_ending_a_transaction_again_is_done_again(session: Session, workload: Workload) -> None:
    """Why an end that was done proves nothing by itself: what was before it must have been done too."""
    producer = begin(session, workload, workload.group, 5)

    answers: list[Answer] = []
    while len(answers) < 2:
        answer = session.execute(EndTransaction(producer, commit=True))
        if answer != Busy():
            answers.append(answer)

    assert answers == [Done(), Done()]


def test_an_offset_that_comes_after_the_end_is_refused(session: Session, workload: Workload) -> None:
    producer = begin(session, workload, workload.group, 5)
    session.execute(EndTransaction(producer, commit=True))
    init(session, f"{workload.group}-other")  # any round trip

    assert session.execute(CommitOffset(producer, workload.group, 0, Committed(9))) in (Fenced(), Busy())


def test_two_ids_are_not_ordered_the_offset_written_last_wins(session: Session, workload: Workload) -> None:
    """Why every writer uses the slot recorded in the entry (rule R2)."""
    first = begin(session, workload, f"{workload.group}.1", 1)
    second = begin(session, workload, f"{workload.group}.2", 2)

    assert session.execute(EndTransaction(second, commit=True)) == Done()
    assert session.execute(EndTransaction(first, commit=True)) == Done()

    init(session, f"{workload.group}.1")
    init(session, f"{workload.group}.2")
    assert session.execute(ReadOffsets(workload.group)) == Offsets(((0, Committed(2)),))


def test_a_deleted_group_forgets_what_was_pending_in_it(session: Session, workload: Workload) -> None:
    """Why a runner never deletes its claim group (rule R4): a claim about to be decided would vanish."""
    earlier = begin(session, workload, f"{workload.group}.1", 1, partition=1)
    assert session.execute(EndTransaction(earlier, commit=True)) == Done()
    init(session, f"{workload.group}.1")
    pending = begin(session, workload, f"{workload.group}.2", 5)

    admin = KafkaAdminClient(**workload.config)
    admin.delete_groups([workload.group])
    admin.close()

    assert session.execute(EndTransaction(pending, commit=True)) == Done()
    init(session, f"{workload.group}.2")
    assert session.execute(ReadOffsets(workload.group)) == Offsets()


def test_groups_with_nothing_but_a_pending_offset_are_listed(session: Session, workload: Workload) -> None:
    producer = begin(session, workload, workload.group, 5)

    admin = KafkaAdminClient(**workload.config)
    listed = {group["group_id"] for group in admin.list_groups()}
    admin.close()

    assert workload.group in listed
    session.execute(EndTransaction(producer, commit=False))


def test_offsets_are_accepted_although_the_group_has_a_member(session: Session, workload: Workload) -> None:
    """Why members of the main group are an alarm: nothing keeps their commits and ours apart."""
    consumer = KafkaConsumer(workload.topic, group_id=workload.group, **workload.config)
    while not consumer.assignment():
        consumer.poll(timeout_ms=100)
    producer = begin(session, workload, workload.group, 5)

    assert session.execute(EndTransaction(producer, commit=True)) == Done()
    consumer.close(autocommit=False)


def test_the_versions_of_the_requests_are_pinned() -> None:
    producer = Producer("id", 1, 1)
    sent = [
        wire.add_group(producer, "g"),
        wire.add_partitions(producer, {"t": [0]}),
        wire.commit_offset(producer, "g", "t", 0, Committed(1)),
        wire.describe_transaction("id"),
        wire.end_transaction(producer, commit=True),
        wire.fetch("t", 0, 0, 1),
        wire.init_producer("id", 1),
        wire.list_offsets("t", [0], -1),
        wire.offset_fetch(["g"], "t", [0], stable=True),
        wire.produce(producer, {("t", 0): b""}, 1),
    ]
    assert {type(request).__name__: request.API_VERSION for request in sent} == {
        "AddOffsetsToTxnRequest": 3,
        "AddPartitionsToTxnRequest": 3,
        "TxnOffsetCommitRequest": 3,
        "DescribeTransactionsRequest": 0,
        "EndTxnRequest": 3,
        "FetchRequest": 12,
        "InitProducerIdRequest": 4,
        "ListOffsetsRequest": 7,
        "OffsetFetchRequest": 8,
        "ProduceRequest": 11,
    }

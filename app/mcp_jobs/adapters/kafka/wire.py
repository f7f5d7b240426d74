"""The claim protocol's requests as Kafka's own, with their versions pinned.

The versions matter: from EndTxn 5, TxnOffsetCommit 5 and Produce 12 on, a request means the second version
of the transaction protocol (KIP-890), in which the epoch moves at every end. A library upgrade must not
negotiate its way there unnoticed; tests/integration/claim/test_broker_facts.py holds them in place.
"""

from collections.abc import Iterable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from kafka.protocol.admin import DescribeTransactionsRequest
from kafka.protocol.api_header import ResponseClassRegistry
from kafka.protocol.consumer import (
    FetchRequest,
    IsolationLevel,
    ListOffsetsRequest,
    OffsetFetchRequest,
    OffsetSpec,
)
from kafka.protocol.metadata import FindCoordinatorRequest
from kafka.protocol.producer import (
    AddOffsetsToTxnRequest,
    AddPartitionsToTxnRequest,
    EndTxnRequest,
    InitProducerIdRequest,
    ProduceRequest,
    TxnOffsetCommitRequest,
)

from mcp_jobs.core.entry import Committed
from mcp_jobs.core.requests import Producer

VERSIONS: Mapping[Any, int] = {
    AddOffsetsToTxnRequest: 3,
    AddPartitionsToTxnRequest: 3,
    DescribeTransactionsRequest: 0,
    EndTxnRequest: 3,
    FetchRequest: 12,
    FindCoordinatorRequest: 3,
    InitProducerIdRequest: 4,
    ListOffsetsRequest: 7,
    OffsetFetchRequest: 8,
    ProduceRequest: 11,
    TxnOffsetCommitRequest: 3,
}


def prepare() -> None:
    """Have kafka-python generate its encoders and decoders now.

    It does so at the first use of each: some 40 ms of computing, much of it within the first transaction,
    while every other claimant of the partition waits.
    """
    for request, version in VERSIONS.items():
        header = SimpleNamespace(request_api_key=request.API_KEY, request_api_version=version)
        response = ResponseClassRegistry.get_response_class(header)
        flexible = request.flexible_version_q(version)
        request._struct.compiled_encode_into(version, compact=flexible, tagged=flexible)
        response._struct.compiled_decode_from(
            version, compact=flexible, tagged=flexible, data_class=response[None]
        )


def _pinned(kind: Any, **fields: Any) -> Any:
    return kind(**fields, version=VERSIONS[kind])


def find_coordinator(kind: int, key: str) -> Any:
    """Who coordinates a group (kind 0) or a transactional id (kind 1)."""
    return _pinned(FindCoordinatorRequest, key=key, key_type=kind)


def offset_fetch(groups: Iterable[str], topic: str, partitions: Iterable[int], *, stable: bool) -> Any:
    """Committed offsets of groups of one coordinator (KIP-709).

    Partitions are named: asked for "all", the broker leaves the undecided ones out.
    """
    kind = OffsetFetchRequest.OffsetFetchRequestGroup
    named = [kind.OffsetFetchRequestTopics(name=topic, partition_indexes=sorted(partitions))]
    wanted = [kind(group_id=group, topics=named) for group in groups]
    return _pinned(OffsetFetchRequest, groups=wanted, require_stable=stable)


def list_offsets(topic: str, partitions: Iterable[int], spec: OffsetSpec) -> Any:
    """The log start, or the last stable offset, of partitions that one broker leads."""
    kind = ListOffsetsRequest.ListOffsetsTopic
    wanted = [
        kind.ListOffsetsPartition(partition_index=p, current_leader_epoch=-1, timestamp=int(spec))
        for p in partitions
    ]
    return _pinned(
        ListOffsetsRequest,
        replica_id=-1,
        isolation_level=int(IsolationLevel.READ_COMMITTED),
        topics=[kind(name=topic, partitions=wanted)],
    )


def fetch(topic: str, partition: int, offset: int, max_bytes: int) -> Any:
    """One piece of a partition's log, without waiting for more."""
    kind = FetchRequest.FetchTopic
    wanted = kind.FetchPartition(
        partition=partition,
        current_leader_epoch=-1,
        fetch_offset=offset,
        last_fetched_epoch=-1,
        log_start_offset=-1,
        partition_max_bytes=max_bytes,
    )
    return _pinned(
        FetchRequest,
        replica_id=-1,
        max_wait_ms=0,
        min_bytes=0,
        max_bytes=max_bytes,
        isolation_level=int(IsolationLevel.READ_COMMITTED),
        session_id=0,
        session_epoch=-1,
        topics=[kind(topic=topic, partitions=[wanted])],
        forgotten_topics_data=[],
        rack_id="",
    )


def describe_transaction(transactional_id: str) -> Any:
    """The state of a transactional id."""
    return _pinned(DescribeTransactionsRequest, transactional_ids=[transactional_id])


def init_producer(transactional_id: str, timeout: float) -> Any:
    """A new epoch. Producer id and epoch are -1: never the expected ones (see core.requests.InitProducer)."""
    return _pinned(
        InitProducerIdRequest,
        transactional_id=transactional_id,
        transaction_timeout_ms=int(timeout * 1000),
        producer_id=-1,
        producer_epoch=-1,
    )


def add_group(producer: Producer, group: str) -> Any:
    """AddOffsetsToTxn."""
    return _pinned(
        AddOffsetsToTxnRequest,
        transactional_id=producer.transactional_id,
        producer_id=producer.id,
        producer_epoch=producer.epoch,
        group_id=group,
    )


def add_partitions(producer: Producer, partitions: Mapping[str, Sequence[int]]) -> Any:
    """AddPartitionsToTxn; `partitions` by topic."""
    topic = AddPartitionsToTxnRequest.AddPartitionsToTxnTopic
    return _pinned(
        AddPartitionsToTxnRequest,
        v3_and_below_transactional_id=producer.transactional_id,
        v3_and_below_producer_id=producer.id,
        v3_and_below_producer_epoch=producer.epoch,
        v3_and_below_topics=[topic(name=name, partitions=list(ps)) for name, ps in partitions.items()],
    )


def produce(producer: Producer, batches: Mapping[tuple[str, int], bytes], timeout: float) -> Any:
    """Produce; `batches` by topic and partition, all led by one broker."""
    kind = ProduceRequest.TopicProduceData
    topics: dict[str, list[Any]] = {}
    for (topic, partition), records in batches.items():
        topics.setdefault(topic, []).append(kind.PartitionProduceData(index=partition, records=records))
    return _pinned(
        ProduceRequest,
        transactional_id=producer.transactional_id,
        acks=-1,
        timeout_ms=int(timeout * 1000),
        topic_data=[kind(name=name, partition_data=data) for name, data in topics.items()],
    )


def commit_offset(producer: Producer, group: str, topic: str, partition: int, committed: Committed) -> Any:
    """TxnOffsetCommit of one partition, without group membership."""
    kind = TxnOffsetCommitRequest.TxnOffsetCommitRequestTopic
    wanted = kind.TxnOffsetCommitRequestPartition(
        partition_index=partition,
        committed_offset=committed.offset,
        committed_leader_epoch=-1,
        committed_metadata=committed.metadata,
    )
    return _pinned(
        TxnOffsetCommitRequest,
        transactional_id=producer.transactional_id,
        group_id=group,
        producer_id=producer.id,
        producer_epoch=producer.epoch,
        generation_id=-1,
        member_id="",
        group_instance_id=None,
        topics=[kind(name=topic, partitions=[wanted])],
    )


def end_transaction(producer: Producer, *, commit: bool) -> Any:
    """EndTxn."""
    return _pinned(
        EndTxnRequest,
        transactional_id=producer.transactional_id,
        producer_id=producer.id,
        producer_epoch=producer.epoch,
        committed=commit,
    )

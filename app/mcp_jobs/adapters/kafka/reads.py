"""The reads of the claim protocol, on a real cluster."""

import random
from typing import Any

from kafka.protocol.consumer import OffsetSpec

from mcp_jobs.adapters.kafka import codes, records, wire
from mcp_jobs.adapters.kafka.connection import GROUP, TRANSACTION, Connection
from mcp_jobs.core import requests as ask
from mcp_jobs.core.entry import Committed
from mcp_jobs.core.log import readable

#: bytes asked for each message wanted; a larger batch comes whole all the same
_BYTES_A_MESSAGE = 64 * 1024
_MOST_BYTES = 16 * 1024 * 1024


class Reads:
    """Reads of one topic. Each raises Unsent, Unanswered or ProtocolError where there is no answer."""

    def __init__(self, connection: Connection, topic: str) -> None:
        self._connection = connection
        self._topic = topic

    def offsets(self, request: ask.ReadOffsets) -> ask.Answer:
        """Committed offsets of a group; a partition with an undecided transaction is told apart."""
        node = self._connection.coordinator(GROUP, request.group)
        partitions = self._connection.topic(self._topic).leaders
        message = wire.offset_fetch([request.group], self._topic, partitions, stable=request.stable)
        return committed_offsets(self._connection.send(node, message))[request.group]

    def ends(self, request: ask.ReadEnds) -> ask.Answer:
        """How far every partition's log reaches."""
        starts = self._list(OffsetSpec.EARLIEST) if request.starts else {}
        ends = self._list(OffsetSpec.LATEST)
        return ask.Ends(tuple((p, starts.get(p, -1), ends[p]) for p in sorted(ends)), random.random())

    def _list(self, spec: OffsetSpec) -> dict[int, int]:
        by_leader: dict[int, list[int]] = {}
        for partition, leader in self._connection.topic(self._topic).leaders.items():
            by_leader.setdefault(leader, []).append(partition)
        answers = self._connection.send_all(
            [(node, wire.list_offsets(self._topic, ps, spec)) for node, ps in by_leader.items()]
        )
        offsets = {}
        for partition in (p for answer in answers for t in answer.topics for p in t.partitions):
            codes.check(partition.error_code, self._topic)
            offsets[partition.partition_index] = partition.offset
        return offsets

    def fetch(self, request: ask.Fetch) -> ask.Answer:
        """The messages from an offset on, read committed."""
        size = min(_BYTES_A_MESSAGE * request.limit, _MOST_BYTES)
        leader = self._connection.topic(self._topic).leaders[request.partition]
        answer = self._connection.send(
            leader, wire.fetch(self._topic, request.partition, request.offset, size)
        )
        codes.check(answer.error_code, self._topic)
        [partition] = answer.responses[0].partitions
        if partition.error_code == codes.OFFSET_OUT_OF_RANGE:
            starts, ends = self._list(OffsetSpec.EARLIEST), self._list(OffsetSpec.LATEST)
            return ask.OutOfRange(starts[request.partition], ends[request.partition])
        codes.check(partition.error_code, self._topic)
        aborted = [(a.producer_id, a.first_offset) for a in partition.aborted_transactions or ()]
        batches = records.decode(partition.records or b"")
        return readable(batches, aborted, start=request.offset, limit=request.limit)

    def transaction(self, request: ask.DescribeTransaction) -> ask.Answer:
        """Whether somebody is in a transaction of an id."""
        node = self._connection.coordinator(TRANSACTION, request.transactional_id)
        answer = self._connection.send(node, wire.describe_transaction(request.transactional_id))
        [state] = answer.transaction_states
        if state.error_code == codes.TRANSACTIONAL_ID_NOT_FOUND:
            return ask.Described(ongoing=False)
        codes.check(state.error_code, request.transactional_id, allow="WRITE")
        ongoing = state.transaction_state in ("Ongoing", "PrepareCommit", "PrepareAbort")
        return ask.Described(ongoing, (state.producer_id, state.producer_epoch))


def committed_offsets(answer: Any) -> dict[str, ask.Offsets]:
    """An OffsetFetch answer, by group; a partition with an undecided transaction is told apart."""
    return {group.group_id: _of_group(group) for group in answer.groups}


def _of_group(group: Any) -> ask.Offsets:
    codes.check(group.error_code, group.group_id)
    committed, undecided = [], set()
    for topic, partition in ((t.name, p) for t in group.topics for p in t.partitions):
        if partition.error_code == codes.UNSTABLE_OFFSET_COMMIT:
            undecided.add(partition.partition_index)
            continue
        about = topic if partition.error_code == codes.TOPIC_DENIED else group.group_id
        codes.check(partition.error_code, about)
        if partition.committed_offset >= 0:
            value = Committed(partition.committed_offset, partition.metadata or "")
            committed.append((partition.partition_index, value))
    return ask.Offsets(tuple(sorted(committed)), frozenset(undecided))

"""The writes of the claim protocol, on a real cluster: each a step of one Kafka transaction."""

import time
from collections.abc import Iterable, Sequence
from typing import Any

from mcp_jobs.adapters.kafka import codes, records, wire
from mcp_jobs.adapters.kafka.connection import GROUP, TRANSACTION, Connection
from mcp_jobs.core import requests as ask
from mcp_jobs.core.errors import ProtocolError
from mcp_jobs.core.record import Output

#: seconds the leader of a partition waits for its followers
_ACKS_TIMEOUT = 10


class Writes:
    """Writes about one topic. `transaction_timeout`: seconds until the broker aborts by itself."""

    def __init__(self, connection: Connection, topic: str, *, transaction_timeout: float) -> None:
        self._connection = connection
        self._topic = topic
        self._transaction_timeout = transaction_timeout

    def init_producer(self, request: ask.InitProducer) -> ask.Answer:
        """Fence the other holders of a transactional id."""
        node = self._connection.coordinator(TRANSACTION, request.transactional_id)
        message = wire.init_producer(request.transactional_id, self._transaction_timeout)
        answer = self._connection.send(node, message)
        if answer.error_code:
            return verdict([(answer.error_code, request.transactional_id)], allow="WRITE")
        return ask.Producer(request.transactional_id, answer.producer_id, answer.producer_epoch)

    def add_group(self, request: ask.AddGroup) -> ask.Answer:
        """Let the transaction write offsets of a group."""
        answer = self._coordinated(request.producer, wire.add_group(request.producer, request.group))
        return verdict([(answer.error_code, request.group)])

    def add_partitions(self, request: ask.AddPartitions) -> ask.Answer:
        """Let the transaction write to the partitions of the outputs."""
        wanted: dict[str, list[int]] = {}
        for topic, partition in self._by_partition(request.outputs):
            wanted.setdefault(topic, []).append(partition)
        answer = self._coordinated(request.producer, wire.add_partitions(request.producer, wanted))
        topics = answer.results_by_topic_v3_and_below
        return verdict(
            [(p.partition_error_code, t.name) for t in topics for p in t.results_by_partition], allow="WRITE"
        )

    def produce(self, request: ask.Produce) -> ask.Answer:
        """Write the outputs."""
        now = int(time.time() * 1000)
        by_leader: dict[int, dict[tuple[str, int], bytes]] = {}
        for (topic, partition), outputs in self._by_partition(request.outputs).items():
            leader = self._connection.topic(topic, allow="WRITE").leaders[partition]
            batch = records.encode(outputs, request.producer, timestamp=now)
            by_leader.setdefault(leader, {})[topic, partition] = batch
        answers = self._connection.send_all(
            [(node, wire.produce(request.producer, b, _ACKS_TIMEOUT)) for node, b in by_leader.items()]
        )
        found = [(p.error_code, t.name) for a in answers for t in a.responses for p in t.partition_responses]
        return verdict(found, allow="WRITE")

    def commit_offset(self, request: ask.CommitOffset) -> ask.Answer:
        """Write a committed offset."""
        node = self._connection.coordinator(GROUP, request.group)
        message = wire.commit_offset(
            request.producer, request.group, self._topic, request.partition, request.committed
        )
        answer = self._connection.send(node, message)
        # the partitions' codes hide inside a good response, and EndTxn would commit all the same
        found = [p.error_code for t in answer.topics for p in t.partitions]
        return verdict([(c, self._topic if c == codes.TOPIC_DENIED else request.group) for c in found])

    def end(self, request: ask.EndTransaction) -> ask.Answer:
        """Commit or abort."""
        message = wire.end_transaction(request.producer, commit=request.commit)
        answer = self._coordinated(request.producer, message)
        return verdict([(answer.error_code, request.producer.transactional_id)], allow="WRITE")

    def _coordinated(self, producer: ask.Producer, message: Any) -> Any:
        return self._connection.send(
            self._connection.coordinator(TRANSACTION, producer.transactional_id), message
        )

    def _by_partition(self, outputs: Iterable[Output]) -> dict[tuple[str, int], list[Output]]:
        found: dict[tuple[str, int], list[Output]] = {}
        for output in outputs:
            partitions = len(self._connection.topic(output.topic, allow="WRITE").leaders)
            found.setdefault((output.topic, records.partition_of(output, partitions)), []).append(output)
        return found


def verdict(answered: Sequence[tuple[int, str]], *, allow: str = "READ") -> ask.Answer:
    """The answer to a write, from every error code in the response and what it is about."""
    if not answered:
        raise ProtocolError("Kafka answers nothing about a write")
    found = [(code, subject) for code, subject in answered if code]
    codes_found = {code for code, _ in found}
    if codes.FENCED & codes_found:
        return ask.Fenced()
    if codes.BUSY & codes_found:
        return ask.Busy()
    for code, subject in sorted(found, key=lambda one: one[0] in codes.NOT_ATTEMPTED):
        if code in codes.TOO_LARGE:
            return ask.Rejected(codes.sentence(code, subject), too_large=True)
        codes.check(code, subject, allow=allow)
    return ask.Done()

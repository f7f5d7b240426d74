"""Executes the claim protocol's requests on a real cluster: core.requests in, core.requests out."""

import random
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from kafka.protocol.consumer import OffsetSpec

from mcp_jobs.adapters.kafka import codes, records, wire
from mcp_jobs.adapters.kafka.connection import GROUP, TRANSACTION, Connection, TopicInfo, Unanswered, Unsent
from mcp_jobs.core import requests as ask
from mcp_jobs.core.entry import Committed
from mcp_jobs.core.errors import ProtocolError
from mcp_jobs.core.log import Reading, readable
from mcp_jobs.core.record import Output

#: bytes asked for each message wanted; a larger batch comes whole all the same
_BYTES_A_MESSAGE = 64 * 1024
_MOST_BYTES = 16 * 1024 * 1024


class Interrupted(Exception):
    """Raised when the wait for Kafka is called off, e.g. by SIGTERM."""


class Session:
    """One topic of one cluster, for the claim machines. `execute` never raises for what Kafka answers.

    Times are seconds: `transaction_timeout` is when the broker ends an abandoned transaction, `idle` how
    long to look for a message, `contended` how long to give way to others in a row.
    """

    def __init__(
        self,
        connection: Connection,
        topic: str,
        *,
        transaction_timeout: float = 15,
        idle: float = 10,
        contended: float = 120,
        stop: threading.Event | None = None,
    ) -> None:
        self._connection = connection
        self._name = topic
        self._transaction_timeout = transaction_timeout
        self._limits = {ask.WaitReason.IDLE: idle, ask.WaitReason.CONTENDED: contended}
        self._stop = stop or threading.Event()
        self._waits: dict[ask.WaitReason, tuple[float, int]] = {}

    @property
    def topic(self) -> TopicInfo:
        """The topic as the brokers describe it now."""
        return self._connection.topic(self._name)

    def execute(self, request: ask.Request) -> ask.Answer:
        """Execute one request. Raises Interrupted once the session is stopped."""
        if self._stop.is_set():
            raise Interrupted
        if isinstance(request, ask.Wait):
            return self._wait(request.reason)
        handler: Callable[[Any], ask.Answer] = _HANDLERS[type(request)]
        try:
            return self._connection.until(lambda: handler(self, request))
        except (Unsent, Unanswered):
            self._connection.forget()
            return ask.Lost()
        except ProtocolError as error:
            return ask.Rejected(str(error))

    def _wait(self, reason: ask.WaitReason) -> ask.Answer:
        """Longer after each wait in a row, with jitter. Progress of any kind starts the count again."""
        now = time.monotonic()
        since, count = self._waits.get(reason, (now, 0))
        if now - since >= self._limits[reason]:
            return ask.Expired()
        self._waits[reason] = (since, count + 1)
        longest = 0.25 if reason is ask.WaitReason.IDLE else 0.02 * 2 ** min(count, 4)
        if self._stop.wait(random.uniform(0.2, 1) * longest):
            raise Interrupted
        return ask.Elapsed()

    def reset_waits(self) -> None:
        """Start the deadlines anew: another piece of work begins."""
        self._waits.clear()

    # --- reads --------------------------------------------------------------------------------------

    def _read_offsets(self, request: ask.ReadOffsets) -> ask.Answer:
        node = self._connection.coordinator(GROUP, request.group)
        partitions = self.topic.leaders
        message = wire.offset_fetch(request.group, self._name, partitions, stable=request.stable)
        answer = self._connection.send(node, message)
        self._check(answer.error_code, request.group)
        committed, undecided = [], set()
        for partition in (p for t in answer.topics for p in t.partitions):
            if partition.error_code == codes.UNSTABLE_OFFSET_COMMIT:
                undecided.add(partition.partition_index)
                continue
            self._check(partition.error_code, request.group)
            if partition.committed_offset >= 0:
                value = Committed(partition.committed_offset, partition.metadata or "")
                committed.append((partition.partition_index, value))
        return ask.Offsets(tuple(sorted(committed)), frozenset(undecided))

    def _read_ends(self, request: ask.ReadEnds) -> ask.Answer:
        starts = self._list_offsets(OffsetSpec.EARLIEST)
        ends = self._list_offsets(OffsetSpec.LATEST)
        return ask.Ends(tuple((p, starts[p], ends[p]) for p in sorted(ends)), random.random())

    def _list_offsets(self, spec: OffsetSpec) -> dict[int, int]:
        by_leader: dict[int, list[int]] = {}
        for partition, leader in self.topic.leaders.items():
            by_leader.setdefault(leader, []).append(partition)
        messages = [(node, wire.list_offsets(self._name, ps, spec)) for node, ps in by_leader.items()]
        offsets = {}
        for answer in self._connection.send_all(messages):
            for partition in (p for t in answer.topics for p in t.partitions):
                self._check(partition.error_code, self._name)
                offsets[partition.partition_index] = partition.offset
        return offsets

    def _fetch(self, request: ask.Fetch) -> ask.Answer:
        size = min(_BYTES_A_MESSAGE * request.limit, _MOST_BYTES)
        message = wire.fetch(self._name, request.partition, request.offset, size)
        answer = self._connection.send(self._leader(self._name, request.partition), message)
        self._check(answer.error_code, self._name)
        [partition] = answer.responses[0].partitions
        if partition.error_code == codes.OFFSET_OUT_OF_RANGE:
            return ask.OutOfRange(*self._range(request.partition))
        self._check(partition.error_code, self._name)
        aborted = [(a.producer_id, a.first_offset) for a in partition.aborted_transactions or ()]
        batches = records.decode(partition.records or b"")
        return readable(batches, aborted, start=request.offset, limit=request.limit)

    def _range(self, partition: int) -> tuple[int, int]:
        return self._list_offsets(OffsetSpec.EARLIEST)[partition], self._list_offsets(OffsetSpec.LATEST)[
            partition
        ]

    def _describe(self, request: ask.DescribeTransaction) -> ask.Answer:
        node = self._connection.coordinator(TRANSACTION, request.transactional_id)
        answer = self._connection.send(node, wire.describe_transaction(request.transactional_id))
        [state] = answer.transaction_states
        if state.error_code == codes.TRANSACTIONAL_ID_NOT_FOUND:
            return ask.Described(ongoing=False)
        self._check(state.error_code, request.transactional_id)
        ongoing = state.transaction_state in ("Ongoing", "PrepareCommit", "PrepareAbort")
        return ask.Described(ongoing, (state.producer_id, state.producer_epoch))

    # --- the transaction ----------------------------------------------------------------------------

    def _init_producer(self, request: ask.InitProducer) -> ask.Answer:
        node = self._connection.coordinator(TRANSACTION, request.transactional_id)
        message = wire.init_producer(request.transactional_id, self._transaction_timeout)
        answer = self._connection.send(node, message)
        if answer.error_code:
            return self._verdict([answer.error_code], request.transactional_id)
        return ask.Producer(request.transactional_id, answer.producer_id, answer.producer_epoch)

    def _add_group(self, request: ask.AddGroup) -> ask.Answer:
        answer = self._coordinated(request.producer, wire.add_group(request.producer, request.group))
        return self._verdict([answer.error_code], request.group)

    def _add_partitions(self, request: ask.AddPartitions) -> ask.Answer:
        wanted: dict[str, list[int]] = {}
        for topic, partition in self._by_partition(request.outputs):
            wanted.setdefault(topic, []).append(partition)
        answer = self._coordinated(request.producer, wire.add_partitions(request.producer, wanted))
        topics = answer.results_by_topic_v3_and_below
        found = [p.partition_error_code for t in topics for p in t.results_by_partition]
        return self._verdict(found, ", ".join(wanted))

    def _produce(self, request: ask.Produce) -> ask.Answer:
        now = int(time.time() * 1000)
        by_leader: dict[int, dict[tuple[str, int], bytes]] = {}
        for (topic, partition), outputs in self._by_partition(request.outputs).items():
            batch = records.encode(outputs, request.producer, timestamp=now)
            by_leader.setdefault(self._leader(topic, partition), {})[topic, partition] = batch
        answers = self._connection.send_all(
            [(node, wire.produce(request.producer, batches, 10)) for node, batches in by_leader.items()]
        )
        found = [p.error_code for a in answers for t in a.responses for p in t.partition_responses]
        return self._verdict(found, ", ".join(sorted({o.topic for o in request.outputs})))

    def _commit_offset(self, request: ask.CommitOffset) -> ask.Answer:
        node = self._connection.coordinator(GROUP, request.group)
        message = wire.commit_offset(
            request.producer, request.group, self._name, request.partition, request.committed
        )
        answer = self._connection.send(node, message)
        # the partitions' codes hide inside a good response, and EndTxn would commit all the same
        return self._verdict([p.error_code for t in answer.topics for p in t.partitions], request.group)

    def _end(self, request: ask.EndTransaction) -> ask.Answer:
        message = wire.end_transaction(request.producer, commit=request.commit)
        answer = self._coordinated(request.producer, message)
        return self._verdict([answer.error_code], request.producer.transactional_id)

    # --- helpers ------------------------------------------------------------------------------------

    def _coordinated(self, producer: ask.Producer, message: Any) -> Any:
        node = self._connection.coordinator(TRANSACTION, producer.transactional_id)
        return self._connection.send(node, message)

    def _leader(self, topic: str, partition: int) -> int:
        return self._connection.topic(topic).leaders[partition]

    def _by_partition(self, outputs: Iterable[Output]) -> dict[tuple[str, int], list[Output]]:
        found: dict[tuple[str, int], list[Output]] = {}
        for output in outputs:
            partitions = len(self._connection.topic(output.topic).leaders)
            found.setdefault((output.topic, records.partition_of(output, partitions)), []).append(output)
        return found

    def _check(self, code: int, subject: str) -> None:
        """For reads: Unsent where another broker is to be asked, ProtocolError where nobody will answer."""
        if code in codes.MOVED:
            raise Unsent
        if code in codes.UNKNOWN:
            raise Unanswered
        if code:
            raise ProtocolError(codes.sentence(code, subject))

    def _verdict(self, found: list[int], subject: str) -> ask.Answer:
        """The answer to a write, from every error code in the response."""
        for code in found:
            if code in codes.FENCED:
                return ask.Fenced()
        for code in found:
            if code in codes.BUSY:
                return ask.Busy()
            if code in codes.TOO_LARGE:
                return ask.Rejected(codes.sentence(code, subject), too_large=True)
            self._check(code, subject)
        if not found:
            raise ProtocolError(f"Kafka answers nothing about {subject}")
        return ask.Done()


_HANDLERS: dict[type, Any] = {
    ask.ReadOffsets: Session._read_offsets,
    ask.ReadEnds: Session._read_ends,
    ask.Fetch: Session._fetch,
    ask.DescribeTransaction: Session._describe,
    ask.InitProducer: Session._init_producer,
    ask.AddGroup: Session._add_group,
    ask.AddPartitions: Session._add_partitions,
    ask.Produce: Session._produce,
    ask.CommitOffset: Session._commit_offset,
    ask.EndTransaction: Session._end,
}

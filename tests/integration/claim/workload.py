"""A workload on the shared Kafka, and pods that claim and settle on it with the product's own code."""

import json
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.structs import TopicPartition

from mcp_jobs.adapters.kafka.connection import Connection
from mcp_jobs.adapters.kafka.groups import Groups
from mcp_jobs.adapters.kafka.session import Session
from mcp_jobs.adapters.kafka.topics import ensure_frontiers
from mcp_jobs.core.claim import claim
from mcp_jobs.core.claimant import Claimant, Claimed
from mcp_jobs.core.envelope import Envelope
from mcp_jobs.core.exits import Exit
from mcp_jobs.core.names import Topics
from mcp_jobs.core.outcome import Job
from mcp_jobs.core.report import WorkReport
from mcp_jobs.core.requests import Answer, Ends, Offsets, ReadEnds, ReadOffsets, Request
from mcp_jobs.core.step import Ended, drive
from mcp_jobs.runner import Runner
from mcp_jobs.unwanted import Unwanted

Ask = Callable[[Request], Answer]


@dataclass(frozen=True)
class Workload:
    """A topic with its outcomes, dead letters and consumer group."""

    brokers: str
    topic: str
    partitions: int = 3
    group: str = field(default_factory=lambda: f"g-{uuid.uuid4().hex[:8]}")

    @property
    def config(self) -> dict[str, Any]:
        return {"bootstrap_servers": [self.brokers]}

    @property
    def topics(self) -> Topics:
        return Topics(self.topic, f"{self.topic}.outcomes", f"{self.topic}.dead-letters")

    @cached_property
    def topic_id(self) -> str:
        """The topic's id, as a runner finds it when it starts."""
        with Connection(self.config) as connection:
            return connection.existing(self.topic).id

    @contextmanager
    def session(self, **options: Any) -> Iterator[Session]:
        """A session; it looks for a message for a quarter of a second only, unless told otherwise."""
        with Connection(self.config) as connection:
            yield Session(connection, self.topic, **{"idle": 0.25, "transaction_timeout": 2, **options})

    def install(self) -> dict[int, int]:
        """Commit the first frontiers, as `mcp-jobs init` does."""
        with Connection(self.config) as connection:
            session, groups = Session(connection, self.topic), Groups(connection, self.topic)
            return ensure_frontiers(session, groups, connection.existing(self.topic), self.group).committed

    def produce(
        self,
        values: Sequence[bytes | None],
        *,
        partition: int | None = None,
        key: bytes | None = None,
        **options: Any,
    ) -> None:
        """Produce plain, non-transactional messages."""
        producer = KafkaProducer(**{**self.config, "max_request_size": 16_000_000, **options})
        for value in values:
            producer.send(self.topic, value, key=key, partition=partition)
        producer.flush(timeout=30)
        producer.close()

    def produce_in_transaction(self, values: Sequence[bytes], *, partition: int, commit: bool = True) -> None:
        """Produce messages in one transaction: the log gets a control record behind them."""
        producer = KafkaProducer(**self.config, transactional_id=f"t-{uuid.uuid4().hex[:8]}")
        producer.init_transactions()
        producer.begin_transaction()
        for value in values:
            producer.send(self.topic, value, partition=partition)
        producer.flush(timeout=30)
        if commit:
            producer.commit_transaction()
        else:
            producer.abort_transaction()
        producer.close()

    def me(self, uid: str | None = None, **options: Any) -> Claimant:
        """A new process of a Job."""
        holder = f"pod-{uuid.uuid4().hex[:8]}"
        return Claimant(
            self.group,
            uid or uuid.uuid4().hex,
            holder,
            **{"patience": 4, "topic_id": self.topic_id, **options},
        )

    def claim(self, me: Claimant | None = None, *, via: Callable[[Ask], Ask] = lambda ask: ask) -> Ended:
        """One claim. `via` may stand between the machine and Kafka."""
        with self.session() as session:
            return drive(claim(me or self.me()), via(session.execute))

    def claimed(self, me: Claimant | None = None) -> Claimed:
        """One claim that must succeed."""
        end = self.claim(me)
        assert isinstance(end, Claimed), end
        return end

    def run(
        self,
        me: Claimant | None = None,
        *,
        work: Callable[[Envelope], WorkReport] = lambda _: WorkReport(),
        via: Callable[[Ask], Ask] = lambda ask: ask,
        max_attempts: int = 3,
        window: int = 0,
        clock: Callable[[], int] = lambda: 1_700_000_000_000,
    ) -> Exit:
        """A whole runner, in this process."""
        me = me or self.me()
        with self.session() as session:
            ask = via(session.execute)
            runner = Runner(
                me=me,
                job=Job(name="job", uid=me.job_uid, pod=me.holder),
                topics=self.topics,
                max_attempts=max_attempts,
                settle=ask,
                work=work,
                unwanted=Unwanted(me=me, ask=ask, clock=clock, window=window).why,
                clock=clock,
            )
            return runner.finish(drive(claim(me), ask))

    def forget_frontier(self, partition: int) -> None:
        """Delete the main group's offset of a partition, as its expiry does."""
        admin = KafkaAdminClient(**self.config)
        admin.delete_group_offsets(self.group, [TopicPartition(self.topic, partition)])
        admin.close()

    def delete_records_before(self, offset: int) -> None:
        """Have the broker delete the messages of partition 0 below `offset`, as retention does."""
        admin = KafkaAdminClient(**self.config)
        admin.delete_records({TopicPartition(self.topic, 0): offset})
        admin.close()

    # --- what came of it ----------------------------------------------------------------------------

    def lags(self) -> dict[int, int]:
        """Unclaimed offsets by partition, as KEDA reads them."""
        frontiers = self.frontiers()
        with self.session() as session:
            ends = session.execute(ReadEnds())
        assert isinstance(ends, Ends), ends
        return {p: end - frontiers[p] for p, _, end in ends.ends}

    def frontiers(self) -> dict[int, int]:
        """The committed offsets of the main group."""
        return {p: committed.offset for p, committed in self.offsets(self.group).committed}

    def offsets(self, group: str) -> Offsets:
        """A stable read of a group's committed offsets."""
        with self.session() as session:
            found = session.execute(ReadOffsets(group))
        assert isinstance(found, Offsets), found
        return found

    def outcomes(self) -> list[tuple[int, int]]:
        """(partition, offset) of the message that each outcome is about, sorted."""
        values = [json.loads(record.value) for record in self.records(self.topics.outcomes)]
        return sorted((value["partition"], value["offset"]) for value in values)

    def records(self, topic: str) -> list[Any]:
        """Every committed record of a topic."""
        consumer = KafkaConsumer(
            **self.config,
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            enable_auto_commit=False,
        )
        partitions = [TopicPartition(topic, p) for p in consumer.partitions_for_topic(topic) or ()]
        consumer.assign(partitions)
        ends = consumer.end_offsets(partitions)
        found = []
        while any(consumer.position(p) < ends[p] for p in partitions):
            for records in consumer.poll(timeout_ms=500).values():
                found.extend(records)
        consumer.close()
        return found


def parallel(tasks: Sequence[Callable[[], Any]]) -> list[Any]:
    """Run all at once, each in a thread; their results in order. Raises the first of their errors."""
    results: list[Any] = [None] * len(tasks)
    errors: list[BaseException] = []
    gate = threading.Barrier(len(tasks))

    def run(index: int) -> None:
        try:
            gate.wait(30)
            results[index] = tasks[index]()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(tasks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(100)
    if errors:
        raise errors[0]
    return results

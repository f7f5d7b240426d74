"""What a person with the command line does to a workload, with a hook between them and Kafka."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from integration.claim.faults import Hook
from integration.claim.workload import Workload as Topic
from integration.reconciler.helper import Through
from mcp_jobs.adapters.kafka.connection import Connection
from mcp_jobs.core import dead_letter
from mcp_jobs.core.entry import Scope
from mcp_jobs.core.marks import Mark
from mcp_jobs.core.record import Place, Record
from mcp_jobs.entrypoints.workload_kafka import kafka_of
from mcp_jobs.operations.cancel import Cancellation, cancel
from mcp_jobs.operations.dead_letters import DeadLetters, Handled, Letter
from mcp_jobs.reconciler.ports import Kafka
from mcp_jobs.reconciler.workload import Workload


@dataclass
class Operator:
    """Each call is a command of its own, over a new connection."""

    topic: Topic

    def cancel(self, place: Place, via: Hook = lambda ask: ask) -> Cancellation:
        """Cancel one message."""
        with self._kafka(via) as kafka:
            return cancel(kafka, self.topic.topics, self.topic.group, place, max_attempts=3, patience=2)

    def letters(self) -> list[Letter]:
        """Every dead letter there is."""
        found = []
        for record in self.topic.records(self.topic.topics.dead_letters):
            message = Record(record.offset, record.key, record.value, tuple(record.headers))
            dead = dead_letter.read(message)
            assert dead is not None
            found.append(Letter(dead, message))
        return found

    def handle(
        self, letters: Sequence[Letter], mark: Mark = Mark.REDRIVEN, via: Hook = lambda ask: ask
    ) -> list[Handled]:
        """Redrive the letters, or drop them."""
        with self._kafka(via) as kafka:
            mine = DeadLetters(
                kafka.messages, self.topic.topics, self.topic.group, kafka.topic_id, patience=2
            )
            return list(mine.handle(letters, mark))

    @contextmanager
    def _kafka(self, via: Hook) -> Iterator[Kafka]:
        workload = Workload(name="w", topics=self.topic.topics, group=self.topic.group, scope=Scope())
        with Connection(self.topic.config) as connection:
            kafka = kafka_of(connection, workload, threading.Event(), transaction_timeout=2)
            through = Through(via(kafka.messages.execute), kafka.messages.reset_waits)
            yield replace(kafka, messages=through)

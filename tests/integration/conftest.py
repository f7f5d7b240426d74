"""What integration tests share: one real Kafka for all of them, and topics of their own."""

import re
import uuid
from collections.abc import Iterator
from typing import Protocol

import pytest
from kafka import KafkaAdminClient

from mcp_jobs.local.broker import Broker
from mcp_jobs.local.options import BrokerOptions

# Compaction within a second instead of a minute: holes in a topic are something tests wait for.
CLEANER = {"log.cleaner.backoff.ms": "200", "log.initial.task.delay.ms": "200"}


class MakeTopic(Protocol):
    """Create a topic with a name of its own and return the name. Configs: `cleanup_policy="compact"`."""

    def __call__(self, partitions: int = 3, **configs: str | int) -> str:
        """Return the new topic's name."""


@pytest.fixture(scope="session")
def kafka() -> Iterator[Broker]:
    """The Kafka that all tests share: transactions that timed out end within a second. Don't stop it."""
    with Broker(BrokerOptions(transaction_cleanup_ms=1_000, properties=CLEANER)) as broker:
        yield broker


@pytest.fixture(scope="session")
def admin(kafka: Broker) -> Iterator[KafkaAdminClient]:
    """A client that administers the shared Kafka."""
    client = KafkaAdminClient(bootstrap_servers=kafka.bootstrap_servers)
    yield client
    client.close()


@pytest.fixture
def make_topic(admin: KafkaAdminClient, request: pytest.FixtureRequest) -> MakeTopic:
    """A factory of topics, which are there and have leaders when it returns."""
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", request.node.name)[:100]

    def make(partitions: int = 3, **configs: str | int) -> str:
        name = f"{stem}-{uuid.uuid4().hex[:8]}"
        settings = {key.replace("_", "."): str(value) for key, value in configs.items()}
        topic = {"num_partitions": partitions, "replication_factor": 1, "configs": settings}
        admin.create_topics({name: topic}, wait_for_metadata=True)
        return name

    return make

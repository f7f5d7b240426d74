"""Workloads on the shared Kafka."""

from collections.abc import Callable

import pytest

from integration.claim.workload import Workload
from integration.conftest import MakeTopic
from mcp_jobs.adapters.kafka.topics import create_topic
from mcp_jobs.local.broker import Broker

MakeWorkload = Callable[..., Workload]


@pytest.fixture
def make_workload(kafka: Broker, make_topic: MakeTopic) -> MakeWorkload:
    """A factory of workloads with topics and first frontiers. `install=False` leaves the frontiers out."""

    def make(partitions: int = 3, *, install: bool = True, **configs: str | int) -> Workload:
        name = make_topic(partitions, **configs)
        workload = Workload(kafka.bootstrap_servers, name, partitions)
        for topic in (workload.topics.outcomes, workload.topics.dead_letters):
            create_topic(workload.config, topic, partitions=2, settings={"max.message.bytes": "12000000"})
        if install:
            workload.install()
        return workload

    return make

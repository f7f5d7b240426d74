"""The broker's answers: what one request does to it, and what it says. Checked against Apache Kafka 4.3.1."""

from collections.abc import Callable
from typing import Any

from mcp_jobs.core import requests as ask
from model import reads, writes
from model.broker import Broker
from model.reads import Answered


def answers(broker: Broker, actor: int, request: ask.Request) -> tuple[Answered, ...]:
    """All that may come of a request of an actor. Raises Violation."""
    handler: Callable[[Broker, int, Any], tuple[Answered, ...]] = _HANDLERS[type(request)]
    return handler(broker, actor, request)


_HANDLERS: dict[type, Callable[[Broker, int, Any], tuple[Answered, ...]]] = {
    ask.ReadOffsets: reads.read_offsets,
    ask.ReadEnds: reads.read_ends,
    ask.Fetch: reads.fetch,
    ask.DescribeTransaction: reads.describe,
    ask.InitProducer: writes.init_producer,
    writes.InitExpecting: writes.init_expecting,
    ask.AddGroup: writes.add_group,
    ask.AddPartitions: writes.add_partitions,
    ask.Produce: writes.produce,
    ask.CommitOffset: writes.commit_offset,
    writes.PlainCommit: writes.plain_commit,
    ask.EndTransaction: writes.end,
}

"""A workload's Kafka, for whoever looks at all of it: the reconciler, and the operator's commands."""

import threading

from mcp_jobs.adapters.kafka.connection import Connection
from mcp_jobs.adapters.kafka.counts import Positions
from mcp_jobs.adapters.kafka.groups import Groups
from mcp_jobs.adapters.kafka.session import Session
from mcp_jobs.core.tally import metrics_group
from mcp_jobs.reconciler.ports import Kafka
from mcp_jobs.reconciler.workload import Workload

#: seconds to give way to others in a row, before one message is left for the next sweep
_CONTENDED_SECONDS = 20.0
#: seconds until Kafka ends a transaction of whoever died in it
_TRANSACTION_SECONDS = 15.0


def kafka_of(
    connection: Connection,
    workload: Workload,
    stop: threading.Event,
    *,
    transaction_timeout: float = _TRANSACTION_SECONDS,
) -> Kafka:
    """A workload's Kafka as it is now: topics may have got partitions, groups other coordinators."""
    connection.forget()
    topics, group = workload.topics, metrics_group(workload.group)
    groups = Groups(connection, topics.messages)
    return Kafka(
        topic_id=groups.topic_id(),
        messages=Session(
            connection,
            topics.messages,
            transaction_timeout=transaction_timeout,
            contended=_CONTENDED_SECONDS,
            stop=stop,
        ),
        outcomes=Session(connection, topics.outcomes, stop=stop),
        groups=groups,
        positions=Positions(connection, topics.outcomes, group),
    )

"""What an installation needs before the first message: topics, and a frontier for every partition."""

from collections.abc import Mapping
from typing import Any

import kafka.errors
from kafka import KafkaAdminClient
from kafka.admin import NewTopic

from mcp_jobs.adapters.kafka.connection import TopicInfo
from mcp_jobs.adapters.kafka.session import Session
from mcp_jobs.core.entry import Committed
from mcp_jobs.core.errors import ProtocolError
from mcp_jobs.core.frontier import FirstFrontier, Present
from mcp_jobs.core.requests import Ends, ReadEnds, Rejected
from mcp_jobs.core.step import Refused, drive


def create_topic(
    config: Mapping[str, Any],
    name: str,
    *,
    partitions: int,
    replication: int = -1,
    settings: Mapping[str, str] | None = None,
) -> bool:
    """Create a topic; False where it exists. `replication` -1: as the broker has it."""
    admin = KafkaAdminClient(**config)
    try:
        admin.create_topics([NewTopic(name, partitions, replication, topic_configs=dict(settings or {}))])
    except kafka.errors.TopicAlreadyExistsError:
        return False
    except kafka.errors.KafkaError as error:
        raise ProtocolError(f"can't create the topic {name}: {error}") from error
    finally:
        admin.close()
    return True


def ensure_frontiers(session: Session, topic: TopicInfo, group: str) -> dict[int, int]:
    """Commit the log start for each partition that `group` has no offset for; the new ones by partition.

    Safe to run at any time and by several at once. Raises ProtocolError where Kafka refuses.
    """
    ends = session.execute(ReadEnds(starts=True))
    if not isinstance(ends, Ends):
        raise ProtocolError(_reason(ends, f"can't read the topic {topic.name}"))
    created = {}
    for partition, start, _ in ends.ends:
        first = FirstFrontier(group, partition, Committed(start, topic.id))
        end = drive(first.start(), session.execute)
        session.reset_waits()
        if not isinstance(end, Present):
            raise ProtocolError(_reason(end, f"can't commit an offset for partition {partition} of {group}"))
        if end.created:
            created[partition] = start
    return created


def _reason(found: object, otherwise: str) -> str:
    match found:
        case Refused(rejection):
            return rejection.reason
        case Rejected(reason=reason):
            return reason
    return otherwise

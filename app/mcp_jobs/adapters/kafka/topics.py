"""What an installation needs before the first message: topics, and a frontier for every partition."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import kafka.errors
from kafka import KafkaAdminClient
from kafka.admin import NewTopic

from mcp_jobs.adapters.kafka.connection import TopicInfo
from mcp_jobs.adapters.kafka.groups import Groups
from mcp_jobs.adapters.kafka.session import Session
from mcp_jobs.core.entry import Committed
from mcp_jobs.core.errors import ProtocolError
from mcp_jobs.core.frontier import FirstFrontier, Present
from mcp_jobs.core.requests import Ends, Offsets, ReadEnds, ReadOffsets, Rejected
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


@dataclass(frozen=True, slots=True)
class Frontiers:
    """What became of partitions without a frontier: the offsets `committed`, and those `left` out."""

    committed: dict[int, int]
    left: tuple[int, ...]


def ensure_frontiers(
    session: Session, groups: Groups, topic: TopicInfo, group: str, *, start_missing: bool = False
) -> Frontiers:
    """Commit the log start for each partition that `group` has no offset for. Raises ProtocolError.

    Safe to run at any time and by several at once. Where the group has claimed before, a missing offset may
    have expired, and all that the log holds would run again: such partitions are left out (rule R6) unless
    `start_missing` says that this is meant.
    """
    ends, known = session.execute(ReadEnds(starts=True)), session.execute(ReadOffsets(group))
    if not (isinstance(ends, Ends) and isinstance(known, Offsets)):
        raise ProtocolError(_reason(ends, _reason(known, f"can't read the topic {topic.name}")))
    starts = {partition: start for partition, start, _ in ends.ends}
    missing = [p for p in starts if known.get(p) is None and p not in known.undecided]
    moved = any(committed.offset > starts[p] for p, committed in known.committed)
    if missing and not start_missing and (moved or _has_claims(groups, group)):
        return Frontiers({}, tuple(missing))
    committed = {p: starts[p] for p in missing if _commit(session, group, p, Committed(starts[p], topic.id))}
    return Frontiers(committed, ())


def _has_claims(groups: Groups, group: str) -> bool:
    """Whether a Job has claimed of this topic; the group may serve another topic, too."""
    found = groups.read(groups.listed(f"{group}.job"))
    return any(offsets.committed or offsets.undecided for offsets in found.values())


def _commit(session: Session, group: str, partition: int, frontier: Committed) -> bool:
    end = drive(FirstFrontier(group, partition, frontier).start(), session.execute)
    session.reset_waits()
    if not isinstance(end, Present):
        raise ProtocolError(_reason(end, f"can't commit an offset for partition {partition} of {group}"))
    return end.created


def _reason(found: object, otherwise: str) -> str:
    match found:
        case Refused(rejection):
            return rejection.reason
        case Rejected(reason=reason):
            return reason
    return otherwise

"""Where a reader of outcomes has got to, kept as the offsets of an ordinary consumer group."""

from collections.abc import Mapping

from kafka.protocol.consumer import OffsetCommitRequest

from mcp_jobs.adapters.kafka import codes
from mcp_jobs.adapters.kafka.connection import GROUP, Connection
from mcp_jobs.adapters.kafka.outage import Unanswered, Unsent
from mcp_jobs.core.errors import ProtocolError

VERSIONS: Mapping[type, int] = {OffsetCommitRequest: 8}


class Positions:
    """The positions of a group in one topic. There are no members: one reader commits, outside of them."""

    def __init__(self, connection: Connection, topic: str, group: str) -> None:
        self._connection = connection
        self._topic = topic
        self._group = group

    def commit(self, positions: Mapping[int, int]) -> None:
        """Commit the next offset to read of each partition. Raises ProtocolError."""
        try:
            self._connection.until(lambda: self._commit(positions))
        except (Unsent, Unanswered) as error:
            self._connection.forget()
            raise ProtocolError(
                f"Kafka does not answer now: the position of {self._group} can't be committed"
            ) from error

    def _commit(self, positions: Mapping[int, int]) -> None:
        kind = OffsetCommitRequest.OffsetCommitRequestTopic
        partitions = [
            kind.OffsetCommitRequestPartition(
                partition_index=partition,
                committed_offset=offset,
                committed_leader_epoch=-1,
                committed_metadata="",
            )
            for partition, offset in sorted(positions.items())
        ]
        request = OffsetCommitRequest(
            group_id=self._group,
            generation_id_or_member_epoch=-1,
            member_id="",
            group_instance_id=None,
            topics=[kind(name=self._topic, partitions=partitions)],
            version=VERSIONS[OffsetCommitRequest],
        )
        answer = self._connection.send(self._connection.coordinator(GROUP, self._group), request)
        for partition in (p for topic in answer.topics for p in topic.partitions):
            denied = partition.error_code == codes.TOPIC_DENIED
            codes.check(partition.error_code, self._topic if denied else self._group)

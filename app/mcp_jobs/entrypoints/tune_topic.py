"""The load that a topic had, from the outcomes of its messages."""

from mcp_jobs.adapters.kafka.connection import Connection
from mcp_jobs.adapters.kafka.outcomes import Tail, read_outcome
from mcp_jobs.adapters.kafka.session import Session
from mcp_jobs.core.errors import ProtocolError
from mcp_jobs.core.requests import Ends, ReadEnds, Rejected
from mcp_jobs.core.tuning.recording import Recording, recording
from mcp_jobs.entrypoints.kafka_config import kafka_config
from mcp_jobs.settings import KafkaSettings


def record(kafka: KafkaSettings, last: int) -> Recording:
    """The last messages that have an outcome, `last` at most. Raises ProtocolError."""
    with Connection(
        kafka_config(kafka, client_id="mcp-jobs-tune"), timeout=kafka.request_timeout_seconds
    ) as found:
        found.existing(kafka.outcomes)
        tail = Tail(found, kafka.outcomes, start=_starts(found, kafka.outcomes, last))
        return recording(filter(None, map(read_outcome, tail.poll())), last)


def _starts(connection: Connection, topic: str, last: int) -> dict[int, int]:
    """Where to begin in each partition. All `last` messages may be in a single one of them."""
    answer = Session(connection, topic).execute(ReadEnds(starts=True))
    if isinstance(answer, Rejected):
        raise ProtocolError(answer.reason)
    if not isinstance(answer, Ends):
        raise ProtocolError(f"Kafka does not say now where the topic {topic} begins and ends; try again")
    # A settlement's transaction leaves a marker behind each outcome.
    return {partition: max(start, end - 2 * last) for partition, start, end in answer.ends}

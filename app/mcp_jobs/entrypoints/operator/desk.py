"""What every command about a workload has at hand: its Kafka and, where one is reachable, its cluster."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

from mcp_jobs.adapters.kafka.connection import Connection
from mcp_jobs.adapters.kafka.outcomes import Tail
from mcp_jobs.adapters.kubernetes.client import Cluster, connect
from mcp_jobs.adapters.kubernetes.jobs import KubernetesJobs
from mcp_jobs.adapters.kubernetes.scaledjobs import ScaledJobs
from mcp_jobs.core.entry import Scope
from mcp_jobs.core.errors import ProtocolError
from mcp_jobs.core.log import Reading
from mcp_jobs.core.names import Topics
from mcp_jobs.core.record import Place, Record
from mcp_jobs.core.requests import Fetch, OutOfRange, Rejected
from mcp_jobs.entrypoints.kafka_config import kafka_config
from mcp_jobs.entrypoints.local_options import kafka_settings
from mcp_jobs.entrypoints.operator.output import Output
from mcp_jobs.entrypoints.workload_kafka import kafka_of
from mcp_jobs.local.view import console
from mcp_jobs.operations.dead_letters import DeadLetters
from mcp_jobs.reconciler.look import Snapshot, look
from mcp_jobs.reconciler.notices import Notices
from mcp_jobs.reconciler.ports import Kafka
from mcp_jobs.reconciler.workload import Workload
from mcp_jobs.settings import KafkaSettings

_DEFAULT_GROUP = str(KafkaSettings.model_fields["consumer_group"].default)


@dataclass(frozen=True, slots=True)
class Where:
    """Which workload of which cluster, as the options say."""

    brokers: str | None
    topic: str | None
    group: str | None
    namespace: str | None


class Desk:
    """One workload, for as long as the connection lasts; `out` is where results go."""

    def __init__(
        self, connection: Connection, settings: KafkaSettings, group: str, namespace: str, out: Output
    ) -> None:
        self.topics = Topics(settings.topic, settings.outcomes, settings.dead_letters)
        self.group = group
        self.namespace = namespace
        self.out = out
        self._connection = connection
        self._settings = settings

    @cached_property
    def cluster(self) -> Cluster:
        """The API server. Raises ClusterError where none is configured."""
        return connect()

    @cached_property
    def jobs(self) -> KubernetesJobs:
        """The namespace's Jobs. Raises ClusterError where no API server is configured."""
        return KubernetesJobs(self.cluster, self.namespace)

    @cached_property
    def scaled_jobs(self) -> ScaledJobs:
        """The namespace's ScaledJobs. Raises ClusterError where no API server is configured."""
        return ScaledJobs(self.cluster, self.namespace)

    @cached_property
    def kafka(self) -> Kafka:
        """The workload's Kafka. Raises ProtocolError where the topic is not there."""
        workload = Workload(name="", topics=self.topics, group=self.group, scope=Scope())
        return kafka_of(self._connection, workload, threading.Event())

    def of(self, workload: Workload) -> "Desk":
        """The desk of another workload, by the same connection."""
        topics = workload.topics
        chosen = {
            "topic": topics.messages,
            "outcomes_topic": topics.outcomes,
            "dead_letters_topic": topics.dead_letters,
        }
        settings = self._settings.model_copy(update=chosen)
        return Desk(self._connection, settings, workload.group, self.namespace, self.out)

    @cached_property
    def dead_letters(self) -> DeadLetters:
        """What was decided about dead letters, and how to decide. Raises ProtocolError as `kafka` does."""
        return DeadLetters(self.kafka.messages, self.topics, self.group, self.kafka.topic_id)

    def look(self) -> Snapshot:
        """Claims, frontiers and ends, as they are now. Raises ProtocolError."""
        return look(self.kafka, self.group, Notices())

    def tail(self, topic: str, *, from_start: bool = True) -> Tail:
        """A topic of results, from its first record or from its end on."""
        return Tail(self._connection, topic, start={} if from_start else None)

    def message(self, place: Place) -> Record | None:
        """The message at a place, None where the topic no longer has it. Raises ProtocolError."""
        self.kafka.messages.reset_waits()
        match self.kafka.messages.execute(Fetch(place.partition, place.offset, 1)):
            case Reading(records=(record, *_)) if record.offset == place.offset:
                return record
            case Reading() | OutOfRange():
                return None
            case Rejected(reason=reason):
                raise ProtocolError(reason)
        raise ProtocolError("Kafka does not answer now: try again")


@contextmanager
def sit_down(where: Where, *, as_json: bool) -> Iterator[Desk]:
    """Connect to Kafka. Raises InputError, SettingsError, ProtocolError."""
    settings = kafka_settings(where.brokers, where.topic)
    group = where.group or settings.consumer_group
    if not where.group and group == _DEFAULT_GROUP:
        group = f"{settings.topic}-runners"
    config = kafka_config(settings, client_id="mcp-jobs-cli")
    out = Output(as_json, console(stderr=as_json))
    with Connection(config, timeout=settings.request_timeout_seconds) as connection:
        connection.existing(settings.topic)
        yield Desk(connection, settings, group, where.namespace or "default", out)

"""`mcp-jobs local`: a Kafka of one's own, or a given one, and runners for its messages on this machine."""

import os
import secrets
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from rich.console import Console

from mcp_jobs.adapters.kafka.connection import Connection
from mcp_jobs.adapters.kafka.provision import Names, provision
from mcp_jobs.adapters.kafka.session import Session
from mcp_jobs.adapters.kafka.topics import ensure_frontiers
from mcp_jobs.core.entry import Scope
from mcp_jobs.core.errors import LocalPlatformError
from mcp_jobs.core.keda import Scaling
from mcp_jobs.entrypoints.kafka_config import kafka_config
from mcp_jobs.entrypoints.settings_error import read
from mcp_jobs.local.broker import Broker
from mcp_jobs.local.job import JobTemplate
from mcp_jobs.local.options import BrokerOptions
from mcp_jobs.local.platform import Platform, Workload
from mcp_jobs.local.runners import Runners
from mcp_jobs.settings import KafkaSettings

#: bytes of a message that the embedded Kafka takes: more than an envelope may have, which the runner tells
_LARGEST_MESSAGE = 16 * 1024 * 1024
_LARGEST_RECORD = _LARGEST_MESSAGE + 1024 * 1024
#: seconds that a runner and the servers it ends may take longer than its message
_ATTEMPT_OVERHEAD = 120.0
#: variables that make a runner run one given message and settle nothing
_ASSIGNED = ("KAFKA_PARTITION", "KAFKA_OFFSET")


@dataclass(frozen=True, kw_only=True, slots=True)
class LocalOptions:
    """What can be chosen about a local platform; times are seconds. Without `brokers`, Kafka is embedded."""

    brokers: str | None
    topic: str | None
    partitions: int
    max_replicas: int
    polling_interval: float
    lag_threshold: int
    max_attempts: int
    message_timeout: float
    env_root: Path
    logs: Path | None


@dataclass(frozen=True, slots=True)
class Stage:
    """A local platform that is up. `broker` is the embedded Kafka, None where one was given."""

    platform: Platform
    kafka: KafkaSettings
    broker: Broker | None
    logs: Path

    def check(self) -> None:
        """Raise LocalPlatformError where the embedded Kafka has ended."""
        if self.broker and not self.broker.running:
            raise LocalPlatformError("the embedded Kafka has ended; was it killed, or is the memory full?")


@contextmanager
def set_up(options: LocalOptions, console: Console) -> Iterator[Stage]:
    """A local platform, which ends with the block and leaves no process behind."""
    _end_on_sigterm()
    with ExitStack() as stack:
        logs = options.logs or Path(tempfile.mkdtemp(prefix="mcp-jobs-logs-"))
        logs.mkdir(parents=True, exist_ok=True)
        # First of all: what runners import is imported while Kafka starts.
        runners = Runners(_inherited(options), logs)
        stack.callback(runners.close)
        broker = None if options.brokers else _start_broker(stack, console)
        kafka = _kafka_settings(options, broker)
        config = kafka_config(kafka, client_id="mcp-jobs-local")
        names = Names(kafka.topic, kafka.outcomes, kafka.dead_letters)
        provision(
            config,
            names,
            partitions=options.partitions,
            message_bytes=_LARGEST_MESSAGE if broker else None,
        )
        connection = stack.enter_context(Connection(config, timeout=kafka.request_timeout_seconds))
        session = Session(connection, kafka.topic)
        ensure_frontiers(session, connection.topic(kafka.topic), kafka.consumer_group)
        workload = _workload(options, names, kafka.consumer_group)
        runners.settings = _settings(options, kafka, workload.scope)
        platform = Platform(connection, workload, runners)
        if not broker:
            stack.callback(_abandon, platform, kafka)
        stack.callback(platform.stop)
        yield Stage(platform, kafka, broker, logs)
    if not (options.logs or platform.board.failed or platform.board.missing):
        shutil.rmtree(logs, ignore_errors=True)


def _start_broker(stack: ExitStack, console: Console) -> Broker:
    options = BrokerOptions(
        message_max_bytes=_LARGEST_RECORD,
        transaction_cleanup_ms=1_000,
        stop_seconds=0.5,  # its data goes with it, so an orderly end is of no use
    )
    if not console.is_terminal:
        broker = Broker(options, say=lambda sentence: console.print(f"{sentence} ...", markup=False))
        return stack.enter_context(broker)
    with console.status("Starting Kafka ...") as status:
        broker = Broker(options, say=lambda sentence: status.update(f"{sentence} ..."))
        return stack.enter_context(broker)


class _Kafka(KafkaSettings):
    """The settings of the environment, where the brokers are named by an option instead."""

    brokers: str = ""


def kafka_settings(brokers: str, topic: str | None) -> KafkaSettings:
    """The environment's settings for these brokers. Raises SettingsError."""
    chosen = {"brokers": brokers} | ({"topic": topic} if topic else {})
    return read(_Kafka).model_copy(update=chosen)


def _kafka_settings(options: LocalOptions, broker: Broker | None) -> KafkaSettings:
    if options.brokers:
        return kafka_settings(options.brokers, options.topic)
    # Nothing of the environment: its variables are about another Kafka.
    address = broker.bootstrap_servers if broker else ""
    return KafkaSettings.model_construct(brokers=address, topic=options.topic or "mcp-jobs")


def _workload(options: LocalOptions, names: Names, group: str) -> Workload:
    """The claims' scope is new in each run: no other platform settles them, nor this one those of another."""
    attempt_seconds = options.message_timeout + _ATTEMPT_OVERHEAD
    return Workload(
        topics=names,
        group=group,
        scope=Scope("local", secrets.token_hex(4), "default"),
        scaling=Scaling(lag_threshold=options.lag_threshold, max_replica_count=options.max_replicas),
        template=JobTemplate(
            backoff_limit=options.max_attempts - 1,
            active_deadline_seconds=options.max_attempts * options.lag_threshold * attempt_seconds,
        ),
        polling_interval=options.polling_interval,
    )


def _inherited(options: LocalOptions) -> dict[str, str]:
    """What runners get of this process's environment: no variable that is about another Kafka."""
    dropped = _ASSIGNED if options.brokers else ("KAFKA_",)
    return {name: value for name, value in os.environ.items() if not name.startswith(dropped)}


def _settings(options: LocalOptions, kafka: KafkaSettings, scope: Scope) -> dict[str, str]:
    """What runners are told of their Kafka and of the choices made here."""
    return {
        "KAFKA_BROKERS": kafka.brokers,
        "KAFKA_TOPIC": kafka.topic,
        "KAFKA_OUTCOMES_TOPIC": kafka.outcomes,
        "KAFKA_DEAD_LETTERS_TOPIC": kafka.dead_letters,
        "KAFKA_CONSUMER_GROUP": kafka.consumer_group,
        "RUNNER_CLUSTER": scope.cluster,
        "RUNNER_NAMESPACE": scope.namespace,
        "RUNNER_WORKLOAD": scope.workload,
        "RUNNER_MAX_ATTEMPTS": str(options.max_attempts),
        "RUNNER_BATCH_SIZE": str(options.lag_threshold),
        "RUNNER_MESSAGE_TIMEOUT_SECONDS": str(options.message_timeout),
        "RUNNER_ENV_FILE_ROOT": str(options.env_root.resolve()),
        "RUNNER_CLAIM_WAIT_SECONDS": "3",
    }


def _abandon(platform: Platform, kafka: KafkaSettings) -> None:
    """Settle what is left claimed on a Kafka that outlives this platform."""
    config = kafka_config(kafka, client_id="mcp-jobs-local")
    with Connection(config, timeout=kafka.request_timeout_seconds) as connection:
        platform.abandon(connection)


def _end_on_sigterm() -> None:
    """Let SIGTERM and a closed terminal end this process as Ctrl-C does: with all it has started."""

    def end(number: int, frame: FrameType | None) -> None:
        sys.exit(128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)

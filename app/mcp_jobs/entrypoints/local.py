"""A local platform, brought up: a Kafka of its own or a given one, topics, and runners for the messages."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from loguru import logger

from mcp_jobs.adapters.kafka.connection import Connection
from mcp_jobs.adapters.kafka.groups import Groups
from mcp_jobs.adapters.kafka.provision import provision
from mcp_jobs.adapters.kafka.session import Session
from mcp_jobs.adapters.kafka.topics import ensure_frontiers
from mcp_jobs.core.errors import LocalPlatformError
from mcp_jobs.core.names import Topics
from mcp_jobs.entrypoints.kafka_config import kafka_config
from mcp_jobs.entrypoints.local_options import (
    LocalOptions,
    embedded_settings,
    inherited,
    kafka_settings,
    runner_variables,
    workload_of,
)
from mcp_jobs.entrypoints.settings_error import read
from mcp_jobs.entrypoints.tracing import collector
from mcp_jobs.local.broker import Broker
from mcp_jobs.local.lock import Say
from mcp_jobs.local.options import BrokerOptions
from mcp_jobs.local.platform import Platform
from mcp_jobs.local.runners import Runners
from mcp_jobs.reconciler.settler import Tracing
from mcp_jobs.settings import KafkaSettings, TracingSettings

#: bytes of a message that the embedded Kafka takes: more than an envelope may have, which the runner tells
_LARGEST_MESSAGE = 16 * 1024 * 1024
_LARGEST_RECORD = _LARGEST_MESSAGE + 1024 * 1024


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

    @property
    def unsound(self) -> bool:
        """Whether there is something to look up in the logs."""
        return bool(self.platform.board.failed or self.platform.board.missing)


@contextmanager
def set_up(options: LocalOptions, say: Say) -> Iterator[Stage]:
    """A local platform, which ends with the block and leaves no process behind.

    `say` gets a sentence about everything that takes long.
    """
    with ExitStack() as stack:
        # An outcome is shown as such; a log line about it would tear the live view.
        logger.disable("mcp_jobs.reconciler")
        stack.callback(logger.enable, "mcp_jobs.reconciler")
        logs = options.logs or Path(tempfile.mkdtemp(prefix="mcp-jobs-logs-"))
        logs.mkdir(parents=True, exist_ok=True)
        # What a killed runner leaves of its files goes with the directory.
        work = stack.enter_context(
            tempfile.TemporaryDirectory(prefix="mcp-jobs-", ignore_cleanup_errors=True)
        )
        # First of all: what runners import is imported while Kafka starts.
        runners = Runners(inherited(options) | {"TMPDIR": work}, logs)
        stack.callback(runners.close)
        broker = None if options.brokers else stack.enter_context(_broker(say))
        kafka = (
            embedded_settings(broker.bootstrap_servers, options.topic)
            if broker
            else kafka_settings(options.brokers, options.topic)
        )
        say("Preparing the topics")
        platform = _platform(stack, options, kafka, runners)
        stage = Stage(platform, kafka, broker, logs)
        stack.callback(_tidy, stage, options)
        if not broker:
            stack.callback(_abandon, platform, kafka)
        stack.callback(platform.stop)
        yield stage


def _broker(say: Say) -> Broker:
    say("Starting Kafka")
    options = BrokerOptions(
        message_max_bytes=_LARGEST_RECORD,
        transaction_cleanup_ms=1_000,
        stop_seconds=0.0,  # its data goes with it, so an orderly end is of no use
    )
    return Broker(options, say=say)


def _platform(stack: ExitStack, options: LocalOptions, kafka: KafkaSettings, runners: Runners) -> Platform:
    config = kafka_config(kafka, client_id="mcp-jobs-local")
    names = Topics(kafka.topic, kafka.outcomes, kafka.dead_letters)
    connection = stack.enter_context(Connection(config, timeout=kafka.request_timeout_seconds))
    largest = None if options.brokers else _LARGEST_MESSAGE
    created = provision(config, names, partitions=options.partitions, message_bytes=largest)
    _ensure_frontiers(connection, kafka, is_new=kafka.topic in created)
    workload = workload_of(options, names, kafka.consumer_group)
    if send := stack.enter_context(collector(read(TracingSettings))):
        tracing = Tracing(send, connection.existing(kafka.topic).id)
        workload = replace(workload, tracing=tracing)
    runners.settings = runner_variables(options, kafka, workload.scope)
    return Platform(connection, workload, runners)


def _ensure_frontiers(connection: Connection, kafka: KafkaSettings, *, is_new: bool) -> None:
    """Commit first offsets; all of a topic that is new is meant to run."""
    found = ensure_frontiers(
        Session(connection, kafka.topic),
        Groups(connection, kafka.topic),
        connection.existing(kafka.topic),
        kafka.consumer_group,
        start_missing=is_new,
    )
    if found.left:
        raise LocalPlatformError(
            f"partitions {list(found.left)} of {kafka.topic} have no committed offset of the group"
            f" {kafka.consumer_group}, which has claimed before. To run all that their log holds, say"
            " `mcp-jobs init --start-missing` first"
        )


def _abandon(platform: Platform, kafka: KafkaSettings) -> None:
    """Settle what is left claimed on a Kafka that outlives this platform."""
    if platform.busy:
        config = kafka_config(kafka, client_id="mcp-jobs-local")
        with Connection(config, timeout=kafka.request_timeout_seconds) as connection:
            platform.abandon(connection)


def _tidy(stage: Stage, options: LocalOptions) -> None:
    """Remove the logs where nobody asked for them and nothing went wrong."""
    if not (options.logs or stage.unsound):
        shutil.rmtree(stage.logs, ignore_errors=True)

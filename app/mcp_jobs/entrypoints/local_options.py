"""What can be chosen about a local platform, and what its parts are told of it."""

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mcp_jobs.core.allow import EVERYTHING
from mcp_jobs.core.entry import Scope
from mcp_jobs.core.keda import Scaling
from mcp_jobs.core.names import Topics
from mcp_jobs.entrypoints.files import InputError
from mcp_jobs.entrypoints.settings_error import read
from mcp_jobs.local.job import JobTemplate
from mcp_jobs.local.platform import Workload
from mcp_jobs.settings import KafkaSettings

#: seconds that a runner and the servers it ends may take longer than its message
_ATTEMPT_OVERHEAD = 120.0
#: variables that make a runner run one given message and settle nothing
_ASSIGNED = ("KAFKA_PARTITION", "KAFKA_OFFSET")


@dataclass(frozen=True, kw_only=True, slots=True)
class LocalOptions:
    """The choices; times are seconds. Without `brokers`, Kafka is embedded. `allow` is as in runner.allow.

    Without `env_root`, envFile is looked up in the working directory.
    """

    brokers: str | None
    topic: str | None
    partitions: int
    max_replicas: int
    polling_interval: float
    lag_threshold: int
    max_attempts: int
    message_timeout: float
    env_root: Path | None
    logs: Path | None
    allow: Any = EVERYTHING
    tenant: str = ""


class _Kafka(KafkaSettings):
    """The environment's settings, where brokers come from elsewhere."""

    brokers: str = ""


def kafka_settings(brokers: str | None, topic: str | None) -> KafkaSettings:
    """The environment's settings for these brokers. Raises InputError without any, SettingsError."""
    if not brokers:
        raise InputError("which Kafka? Name it with --brokers HOST:PORT or KAFKA_BROKERS")
    chosen = {"brokers": brokers} | ({"topic": topic} if topic else {})
    return read(_Kafka).model_copy(update=chosen)


def embedded_settings(address: str, topic: str | None) -> KafkaSettings:
    """The settings for an embedded Kafka: nothing of the environment, which is about another one."""
    return KafkaSettings.model_construct(brokers=address, topic=topic or "mcp-jobs")


def workload_of(options: LocalOptions, names: Topics, group: str) -> Workload:
    """The workload. Its scope is new in each run: no other platform settles its claims, nor it theirs."""
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


def inherited(options: LocalOptions) -> dict[str, str]:
    """What runners get of this process's environment: no variable that is about another Kafka."""
    dropped = _ASSIGNED if options.brokers else ("KAFKA_",)
    return {name: value for name, value in os.environ.items() if not name.startswith(dropped)}


def runner_variables(options: LocalOptions, kafka: KafkaSettings, scope: Scope) -> dict[str, str]:
    """What runners are told of their Kafka and of the choices."""
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
        "SERVERS_MESSAGE_TIMEOUT_SECONDS": str(options.message_timeout),
        "SERVERS_ALLOW": json.dumps(options.allow),
        "SERVERS_TENANT": options.tenant,
        "SERVERS_ENV_FILE_ROOT": str((options.env_root or Path.cwd()).resolve()),
        "RUNNER_CLAIM_WAIT_SECONDS": "3",
    }

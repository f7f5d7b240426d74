"""The topics of an installation: created where they are missing, looked at where they are not."""

from collections.abc import Mapping
from typing import Any

import kafka.errors
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType

from mcp_jobs.adapters.kafka import codes
from mcp_jobs.core.denied import Resource, denied
from mcp_jobs.core.errors import ProtocolError
from mcp_jobs.core.names import Topics

#: bytes that a dead letter has more than its message: the headers that say why
_HEADERS = 64 * 1024
_SIZE = "max.message.bytes"


def missing_topics(config: Mapping[str, Any], names: Topics) -> list[str]:
    """Those of the topics that do not exist. Raises ProtocolError."""
    with _Admin(config) as admin:
        return admin.missing(names)


def provision(
    config: Mapping[str, Any],
    names: Topics,
    *,
    partitions: int,
    replication: int = -1,
    message_bytes: int | None = None,
) -> list[str]:
    """Create the topics that are missing, wait until they can be used, and return their names.

    `message_bytes` is max.message.bytes of a new topic of messages (default: the broker's). A new topic of
    dead letters takes what the topic of messages takes, and the reason besides. Raises ProtocolError.
    """
    with _Admin(config) as admin:
        missing = admin.missing(names)
        if names.messages in missing:
            admin.create(names.messages, partitions, replication, message_bytes)
        if names.outcomes in missing:
            admin.create(names.outcomes, partitions, replication)
        if names.dead_letters in missing:
            limit = admin.message_bytes(names.messages) + 2 * _HEADERS
            admin.create(names.dead_letters, partitions, replication, limit)
        admin.wait_for(missing)
        return missing


def too_narrow(config: Mapping[str, Any], names: Topics) -> str | None:
    """What is wrong where a dead letter of the largest message does not fit into its topic."""
    with _Admin(config) as admin:
        largest, room = admin.message_bytes(names.messages), admin.message_bytes(names.dead_letters)
    if room >= largest + _HEADERS:
        return None
    return (
        f"{names.dead_letters} takes records of {room:,} bytes, and {names.messages} takes {largest:,}: the"
        f" largest messages can't be kept as dead letters. Set its {_SIZE} to {largest + 2 * _HEADERS}"
    )


class _Admin:
    """Kafka's administration, with sentences for errors."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        try:
            self._client = KafkaAdminClient(**config)
        except kafka.errors.KafkaError as error:
            servers = config["bootstrap_servers"]
            raise ProtocolError(f"no Kafka broker answers at {servers}: {error}") from error

    def __enter__(self) -> "_Admin":
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._client.close()
        if isinstance(error, kafka.errors.KafkaError):
            raise ProtocolError(f"Kafka refuses to set up the topics: {error}") from error

    def missing(self, names: Topics) -> list[str]:
        """Those of the topics that do not exist, those of messages first."""
        wanted = (names.messages, names.outcomes, names.dead_letters)
        # By name: a list leaves out, without a word, what may not be described.
        found = {topic["name"]: topic["error_code"] for topic in self._client.describe_topics(list(wanted))}
        for name, code in found.items():
            if code not in (0, *codes.MOVED):
                needed = "READ" if name == names.messages else "DESCRIBE"
                raise ProtocolError(codes.sentence(code, name, allow=needed))
        return [name for name in wanted if found[name] == codes.UNKNOWN_TOPIC]

    def create(self, name: str, partitions: int, replication: int, message_bytes: int | None = None) -> None:
        """Create a topic; somebody else may just have done it."""
        topic = {
            "num_partitions": partitions,
            "replication_factor": replication,
            "configs": {_SIZE: str(message_bytes)} if message_bytes else {},
        }
        try:
            self._client.create_topics({name: topic})
        except kafka.errors.TopicAlreadyExistsError:
            pass
        except kafka.errors.TopicAuthorizationFailedError as error:
            raise ProtocolError(denied("CREATE", Resource.TOPIC, name)) from error

    def wait_for(self, names: list[str]) -> None:
        """Wait until each topic has leaders, 10 s at most."""
        self._client.wait_for_topics(names)

    def message_bytes(self, topic: str) -> int:
        """The topic's max.message.bytes."""
        wanted = ConfigResource(ConfigResourceType.TOPIC, topic, {_SIZE: None})
        self._client.wait_for_topics([topic])
        found = self._client.describe_configs([wanted], config_filter="all").get("topic", {}).get(topic, {})
        if _SIZE not in found:  # the client leaves out what is denied, without a word
            raise ProtocolError(denied("DESCRIBE_CONFIGS", Resource.TOPIC, topic))
        return int(found[_SIZE]["value"])

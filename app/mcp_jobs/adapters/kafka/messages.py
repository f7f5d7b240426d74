"""Produces messages to the topic whose messages become Jobs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import kafka.errors
from kafka import KafkaProducer

from mcp_jobs.core.acls import Resource, denied
from mcp_jobs.core.errors import ProtocolError
from mcp_jobs.core.record import Place

#: bytes that a request has besides the message's own
_OVERHEAD = 64 * 1024
_DEFAULT_REQUEST = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Message:
    """One message to produce."""

    value: bytes
    key: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()


def produce(
    config: Mapping[str, Any], topic: str, messages: Sequence[Message], *, timeout: float = 30
) -> list[Place]:
    """Produce messages, each once (idempotent), and return where they stand, in their order.

    Without a transaction on purpose: its markers would count as lag. `timeout`: seconds for each message.

    Raises:
        ProtocolError: Kafka did not take one of them.
    """
    producer = _producer(config, messages, timeout)
    try:
        sent = [producer.send(topic, key=m.key, value=m.value, headers=list(m.headers)) for m in messages]
        return [_place(future.get(timeout)) for future in sent]
    except kafka.errors.KafkaError as error:
        raise ProtocolError(_reason(error, topic, messages)) from error
    finally:
        producer.close(timeout)


def _producer(config: Mapping[str, Any], messages: Sequence[Message], timeout: float) -> Any:
    milliseconds = int(timeout * 1000)
    largest = max((len(message.value) for message in messages), default=0)
    try:
        return KafkaProducer(
            **config,
            acks="all",
            enable_idempotence=True,
            allow_auto_create_topics=False,
            max_block_ms=milliseconds,
            request_timeout_ms=milliseconds // 2,
            delivery_timeout_ms=milliseconds,
            # What is too large is for the broker to say, which knows the topic's limit.
            max_request_size=max(_DEFAULT_REQUEST, largest + _OVERHEAD),
        )
    except kafka.errors.KafkaError as error:
        raise ProtocolError(f"no Kafka broker answers at {config['bootstrap_servers']}: {error}") from error


def _place(metadata: Any) -> Place:
    return Place(metadata.partition, metadata.offset)


def _reason(error: Exception, topic: str, messages: Sequence[Message]) -> str:
    largest = max(len(message.value) for message in messages)
    match error:
        case kafka.errors.MessageSizeTooLargeError() | kafka.errors.RecordListTooLargeError():
            return (
                f"the topic {topic} refuses a message as too large; the largest one has {largest:,} bytes."
                " Raise the topic's max.message.bytes, or send less"
            )
        case kafka.errors.TopicAuthorizationFailedError():
            return denied("WRITE", Resource.TOPIC, topic)
        case kafka.errors.UnknownTopicOrPartitionError():
            return f"the topic {topic} does not exist"
        case kafka.errors.KafkaTimeoutError():
            return f"Kafka did not take a message for the topic {topic} in time: does the topic exist?"
    return f"Kafka refuses a message for the topic {topic}: {error}"

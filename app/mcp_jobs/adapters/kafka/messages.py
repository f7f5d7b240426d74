"""Produces messages to the topic whose messages become Jobs."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

import kafka.errors
from kafka import KafkaProducer

from mcp_jobs.core.denied import Resource, denied
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


class Producer:
    """Produces messages to a topic, each once (idempotent); `largest` is how many bytes one may have.

    Without a transaction on purpose: its markers would count as lag. `timeout`: seconds for each message.
    Every method raises ProtocolError where Kafka does not take a message.
    """

    def __init__(self, config: Mapping[str, Any], topic: str, *, largest: int, timeout: float = 30) -> None:
        self._topic = topic
        self._largest = largest
        self._timeout = timeout
        self._sent: deque[Any] = deque()
        self._producer = _producer(config, largest, timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._producer.close(self._timeout)

    def send(self, message: Message) -> None:
        """Send a message; taken() tells when Kafka has it."""
        with self._explained():
            headers = list(message.headers)
            self._sent.append(
                self._producer.send(self._topic, key=message.key, value=message.value, headers=headers)
            )

    def taken(self, *, wait: bool = False) -> Iterator[Place]:
        """Where the messages stand that Kafka has taken since, as they were sent; with `wait` all of them."""
        with self._explained():
            while self._sent and (wait or self._sent[0].is_done):
                yield _place(self._sent[0].get(self._timeout))
                self._sent.popleft()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except kafka.errors.KafkaError as error:
            raise ProtocolError(_reason(error, self._topic, self._largest)) from error


def produce(
    config: Mapping[str, Any], topic: str, messages: Sequence[Message], *, timeout: float = 30
) -> list[Place]:
    """Produce messages and return where they stand, in their order. Raises ProtocolError."""
    largest = max((len(message.value) for message in messages), default=0)
    with Producer(config, topic, largest=largest, timeout=timeout) as producer:
        for message in messages:
            producer.send(message)
        return list(producer.taken(wait=True))


def _producer(config: Mapping[str, Any], largest: int, timeout: float) -> Any:
    milliseconds = int(timeout * 1000)
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


def _reason(error: Exception, topic: str, largest: int) -> str:
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

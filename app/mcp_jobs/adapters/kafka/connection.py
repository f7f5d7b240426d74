"""A connection to the cluster: who leads a partition, who coordinates a group, and requests with a deadline.

Built on kafka-python's connection manager and protocol messages. Its public clients are no use here: they
poll in steps of 100 ms and hide the requests that the claim protocol consists of.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar

import kafka.errors
from kafka.net.selector import NetworkSelector
from kafka.protocol.metadata import MetadataRequest

from mcp_jobs.adapters.kafka import codes, wire
from mcp_jobs.adapters.kafka.manager import Manager, NobodyAnswers
from mcp_jobs.adapters.kafka.outage import Interrupted, Unanswered, Unsent
from mcp_jobs.adapters.kafka.refusal import AccessError
from mcp_jobs.core.errors import ProtocolError

T = TypeVar("T")

GROUP, TRANSACTION = 0, 1  # FindCoordinator's key types

#: bytes; a batch larger than a fetch asks for is sent whole all the same
_LARGEST_ANSWER = 256 * 1024 * 1024

#: milliseconds between two looks at whether to stop, while there is no connection
_STEP_MS = 200

# What is wrong is said by our own sentences, where nobody has set up logging, too.
logging.getLogger("kafka").addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True)
class TopicInfo:
    """A topic as the brokers describe it: `leaders` by partition."""

    name: str
    id: str
    leaders: dict[int, int]


class Connection:
    """Requests to the right broker of one cluster. `config` is kafka-python's; times are seconds.

    `stop` ends the waits for a connection: they raise Interrupted then.
    """

    def __init__(
        self, config: dict[str, Any], *, timeout: float = 15, stop: threading.Event | None = None
    ) -> None:
        self._timeout = timeout
        self._stop = stop or threading.Event()
        self._net = NetworkSelector(slow_task_threshold_secs=0)
        self._manager = Manager(
            self._net,
            **config,
            request_timeout_ms=int(timeout * 1000),
            receive_message_max_bytes=_LARGEST_ANSWER,
            reconnect_backoff_max_ms=1000,
        )
        self._coordinators: dict[tuple[int, str], int] = {}
        self._topics: dict[str, TopicInfo] = {}

    def __enter__(self) -> Self:
        try:
            self.open()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def open(self) -> None:
        """Reach a broker.

        Raises:
            AccessError: It does not let us in.
            ProtocolError: None answers, or an old one.
            Interrupted: `stop` is set.
        """
        servers = ", ".join(self._manager.config["bootstrap_servers"])
        reached = self._manager.bootstrap_async(timeout_ms=int(self._timeout * 1000))
        while not reached.is_done:
            if self._stop.is_set():
                raise Interrupted
            with suppress(kafka.errors.KafkaTimeoutError, NobodyAnswers, ProtocolError):  # see `reached`
                self._net.run(self._manager.wait_for, reached, _STEP_MS)
        if isinstance(reached.exception, NobodyAnswers):
            raise ProtocolError(
                f"no Kafka broker answers at {servers} within {self._timeout:g} s: is the address right?"
            ) from reached.exception
        if reached.exception is not None:
            raise reached.exception
        version = self._manager.broker_version
        if version < (4, 0):
            raise ProtocolError(
                f"the broker at {servers} is Kafka {'.'.join(map(str, version))}: 4.0 or newer is required"
            )

    def close(self) -> None:
        """Close every connection."""
        self._manager.close()
        self._net.close()

    # --- where to send ------------------------------------------------------------------------------

    def topic(self, name: str, *, allow: str = "READ") -> TopicInfo:
        """The topic's id and leaders, asked once and again after forget(). `allow`: what it is needed for.

        Raises Unsent or Unanswered, too: call it within until().
        """
        if name not in self._topics:
            self._topics[name] = self._describe(name, allow)
        return self._topics[name]

    def existing(self, name: str, *, allow: str = "READ") -> TopicInfo:
        """The topic, asked until somebody answers. Raises ProtocolError where it is not there."""
        try:
            return self.until(lambda: self.topic(name, allow=allow))
        except (Unsent, Unanswered) as error:
            raise ProtocolError(f"Kafka does not say now where the topic {name} is; try again") from error

    def _describe(self, name: str, allow: str) -> TopicInfo:
        topics = [MetadataRequest.MetadataRequestTopic(name=name)]
        request = MetadataRequest(topics=topics, allow_auto_topic_creation=False, version=12)
        [topic] = self.send(self._manager.least_loaded_node(), request).topics
        if topic.error_code == codes.UNKNOWN_TOPIC:
            raise ProtocolError(codes.sentence(topic.error_code, name))
        codes.check(topic.error_code, name, allow=allow)
        return TopicInfo(
            name, str(topic.topic_id), {p.partition_index: p.leader_id for p in topic.partitions}
        )

    def coordinator(self, kind: int, key: str) -> int:
        """The node that coordinates a group or a transactional id, asked once and again after forget()."""
        if (kind, key) not in self._coordinators:
            answer = self.send(self._manager.least_loaded_node(), wire.find_coordinator(kind, key))
            codes.check(answer.error_code, key, allow="WRITE" if kind == TRANSACTION else "READ")
            self._coordinators[kind, key] = answer.node_id
        return self._coordinators[kind, key]

    def forget(self) -> None:
        """Forget who leads and who coordinates: it has moved."""
        self._coordinators.clear()
        self._topics.clear()

    # --- sending ------------------------------------------------------------------------------------

    def send(self, node: int | None, request: Any) -> Any:
        """One request to one node. Raises Unsent or Unanswered."""
        [answer] = self.send_all([(node, request)])
        return answer

    def send_all(self, requests: Sequence[tuple[int | None, Any]]) -> list[Any]:
        """Several requests at once, the answers in their order. Raises Unsent or Unanswered."""

        async def exchange() -> list[Any]:
            for node, _ in requests:
                try:
                    await self._manager.get_connection(node)
                except (kafka.errors.KafkaError, OSError) as error:
                    refusal = self._manager.explain(error, node)
                    if refusal and refusal.final:
                        raise AccessError(refusal.sentence) from error
                    raise Unsent from error
            futures = [self._manager.send(request, node_id=node) for node, request in requests]
            return [await future for future in futures]

        try:
            return list(self._net.run(exchange))
        except kafka.errors.NodeNotReadyError as error:
            raise Unsent from error
        except kafka.errors.KafkaError as error:
            raise Unanswered from error

    def until(self, attempt: Callable[[], T]) -> T:
        """Repeat `attempt` while it raises Unsent, for as long as one request may take."""
        deadline = time.monotonic() + self._timeout
        while True:
            try:
                return attempt()
            except Unsent:
                if time.monotonic() > deadline:
                    raise
                self.forget()
                if self._stop.wait(0.1):
                    raise Interrupted from None

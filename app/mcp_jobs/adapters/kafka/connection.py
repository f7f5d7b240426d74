"""A connection to the cluster: who leads a partition, who coordinates a group, and requests with a deadline.

Built on kafka-python's connection manager and protocol messages. Its public clients are no use here: they
poll in steps of 100 ms and hide the requests that the claim protocol consists of.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar

import kafka.errors
from kafka.net.manager import KafkaConnectionManager
from kafka.net.selector import NetworkSelector
from kafka.protocol.metadata import FindCoordinatorRequest, MetadataRequest

from mcp_jobs.adapters.kafka import codes
from mcp_jobs.adapters.kafka.outage import Unanswered, Unsent
from mcp_jobs.core.errors import ProtocolError

T = TypeVar("T")

GROUP, TRANSACTION = 0, 1  # FindCoordinator's key types

_REFUSED_LOGIN = (kafka.errors.SaslAuthenticationFailedError, kafka.errors.AuthorizationError)

#: bytes; a batch larger than a fetch asks for is sent whole all the same
_LARGEST_ANSWER = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class TopicInfo:
    """A topic as the brokers describe it: `leaders` by partition."""

    name: str
    id: str
    leaders: dict[int, int]


class Connection:
    """Requests to the right broker of one cluster. `config` is kafka-python's; times are seconds."""

    def __init__(self, config: dict[str, Any], *, timeout: float = 15) -> None:
        self._timeout = timeout
        self._net = NetworkSelector(slow_task_threshold_secs=0)
        self._manager = KafkaConnectionManager(
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
        """Reach a broker. Raises ProtocolError with a sentence where none answers, or an old one."""
        servers = ", ".join(self._manager.config["bootstrap_servers"])
        try:
            self._manager.bootstrap(timeout_ms=int(self._timeout * 1000))
        except kafka.errors.KafkaError as error:
            raise ProtocolError(
                f"no Kafka broker answers at {servers} within {self._timeout:g} s: is the address right?"
            ) from error
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

    def topic(self, name: str) -> TopicInfo:
        """The topic's id and leaders, asked once and again after forget()."""
        if name not in self._topics:
            self._topics[name] = self._describe(name)
        return self._topics[name]

    def existing(self, name: str) -> TopicInfo:
        """The topic, asked until somebody answers. Raises ProtocolError where it is not there."""
        try:
            return self.until(lambda: self.topic(name))
        except (Unsent, Unanswered) as error:
            raise ProtocolError(f"Kafka does not say now where the topic {name} is; try again") from error

    def _describe(self, name: str) -> TopicInfo:
        topics = [MetadataRequest.MetadataRequestTopic(name=name)]
        request = MetadataRequest(topics=topics, allow_auto_topic_creation=False, version=12)
        [topic] = self.send(self._manager.least_loaded_node(), request).topics
        if topic.error_code == codes.UNKNOWN_TOPIC:
            raise ProtocolError(codes.sentence(topic.error_code, name))
        codes.check(topic.error_code, name)
        return TopicInfo(
            name, str(topic.topic_id), {p.partition_index: p.leader_id for p in topic.partitions}
        )

    def coordinator(self, kind: int, key: str) -> int:
        """The node that coordinates a group or a transactional id, asked once and again after forget()."""
        if (kind, key) not in self._coordinators:
            request = FindCoordinatorRequest(key=key, key_type=kind, version=3)
            answer = self.send(self._manager.least_loaded_node(), request)
            codes.check(answer.error_code, key)
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
                except _REFUSED_LOGIN as error:
                    raise ProtocolError(f"Kafka refuses the login: {error}") from error
                except kafka.errors.KafkaError as error:
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
                time.sleep(0.1)

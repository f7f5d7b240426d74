"""What can be chosen about a broker, and the files and flags it becomes."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mcp_jobs.local.ports import LOOPBACK

_FLAGS = (
    "-XX:TieredStopAtLevel=1",
    "-XX:+UseSerialGC",
    # Java's own warnings are about the archive of classes and drown Kafka's.
    "-Xlog:disable",
    "-Xlog:all=error:stderr",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class BrokerOptions:
    """The choices for one broker. Kafka's own defaults hold for whatever isn't named here.

    `data_dir`: kept after the end; without one, a temporary directory that isn't.
    `ports`: for clients and for the controller; without them, free ones.
    `session_ms`: how long a broker that was killed counts as alive. A restart waits for its end.
    `listeners`: more of them, each a name and its security protocol, on free ports: see Broker.address.
    `properties`: lines of server.properties that win over ours. The listener for clients is named CLIENT; it
    is in plain text, and the broker's own.
    `java`: more flags for the JVM, after ours.
    """

    data_dir: Path | None = None
    ports: tuple[int, int] | None = None
    node_id: int = 1
    cluster_id: str = ""
    offsets_partitions: int = 4
    transaction_partitions: int = 4
    transaction_cleanup_ms: int = 10_000
    rebalance_delay_ms: int = 3_000
    message_max_bytes: int = 1_048_588
    session_ms: int = 9_000
    heap_mb: int = 256
    start_seconds: float = 60.0
    stop_seconds: float = 20.0
    listeners: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)
    java: Sequence[str] = ()


def server_properties(options: BrokerOptions, ports: Sequence[int], logs: Path) -> str:
    """Return the text of server.properties for a broker that is its own controller.

    `ports` are the clients', the controller's, and those of the other listeners in their order.
    """
    merged = {**_network(options, ports), **_storage(options, logs), **options.properties}
    # Java reads the file as Latin-1 with escapes, and those of JSON are among them.
    return "".join(f"{name}={json.dumps(value)[1:-1]}\n" for name, value in merged.items())


def java_flags(options: BrokerOptions, home: Path) -> tuple[str, ...]:
    """Return the JVM flags of a broker: a small heap, a quick start, few words on standard error."""
    return (f"-Xmx{options.heap_mb}m", f"-XX:ErrorFile={home / 'java-crash.log'}", *_FLAGS, *options.java)


def _network(options: BrokerOptions, ports: Sequence[int]) -> dict[str, str]:
    protocols = {"CLIENT": "PLAINTEXT", "CONTROLLER": "PLAINTEXT", **options.listeners}
    addresses = {name: f"{name}://{LOOPBACK}:{port}" for name, port in zip(protocols, ports, strict=True)}
    advertised = [address for name, address in addresses.items() if name != "CONTROLLER"]
    return {
        "process.roles": "broker,controller",
        "node.id": str(options.node_id),
        "controller.quorum.voters": f"{options.node_id}@{LOOPBACK}:{ports[1]}",
        "listeners": ",".join(addresses.values()),
        "advertised.listeners": ",".join(advertised),
        "listener.security.protocol.map": ",".join(f"{n}:{protocol}" for n, protocol in protocols.items()),
        "inter.broker.listener.name": "CLIENT",
        "controller.listener.names": "CONTROLLER",
    }


def _storage(options: BrokerOptions, logs: Path) -> dict[str, str]:
    return {
        "log.dirs": str(logs),
        "broker.session.timeout.ms": str(options.session_ms),
        "broker.heartbeat.interval.ms": str(options.session_ms // 4),
        "auto.create.topics.enable": "false",
        "message.max.bytes": str(options.message_max_bytes),
        "group.initial.rebalance.delay.ms": str(options.rebalance_delay_ms),
        "offsets.topic.num.partitions": str(options.offsets_partitions),
        "offsets.topic.replication.factor": "1",
        "transaction.state.log.num.partitions": str(options.transaction_partitions),
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "transaction.abort.timed.out.transaction.cleanup.interval.ms": str(options.transaction_cleanup_ms),
        "share.coordinator.state.topic.num.partitions": "1",
        "share.coordinator.state.topic.replication.factor": "1",
        "share.coordinator.state.topic.min.isr": "1",
        # The default of 128 MB is taken from the heap at the start, and half a small heap is a lot.
        "log.cleaner.dedupe.buffer.size": str(8 * 1024 * 1024),
    }

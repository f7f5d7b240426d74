"""Kafka: one broker or several, each its own controller, at one address for pods and for this machine."""

from functools import partial

from cluster.part import Part
from cluster.plan import Kafka
from cluster.site import Site
from mcp_jobs.local.archive import archive_flags
from mcp_jobs.local.broker import Broker
from mcp_jobs.local.installation import Installation, install
from mcp_jobs.local.java import java_environment
from mcp_jobs.local.lock import Say, silent
from mcp_jobs.local.options import BrokerOptions, java_flags, server_properties
from mcp_jobs.local.probe import answers
from mcp_jobs.local.storage import format_storage

_FIRST_PORT = 9092
_FIRST_CONTROLLER_PORT = 29092
_REHEARSAL_SECONDS = 120.0


def kafka_parts(site: Site, say: Say = silent) -> list[Part]:
    """The brokers, their storage formatted: `kafka-1` and so on. On first use, Kafka is downloaded."""
    installation = install(say)
    flags = archive_flags(installation, partial(_rehearse, installation), say)
    numbers = range(1, site.plan.kafka.brokers + 1)
    return [_broker(site, number, installation, flags) for number in numbers]


def bootstrap_servers(site: Site) -> str:
    """The brokers' addresses in plain text, e.g. "10.245.0.1:9092,10.245.0.1:9102"."""
    return listener_addresses(site.plan.kafka, site.addresses.node)["CLIENT"]


def listener_addresses(kafka: Kafka, host: str) -> dict[str, str]:
    """Each listener's bootstrap servers."""
    numbers = range(1, kafka.brokers + 1)
    names = ["CLIENT", *kafka.listeners]
    return {
        name: ",".join(f"{host}:{port(number, place)}" for number in numbers)
        for place, name in enumerate(names)
    }


def port(number: int, place: int) -> int:
    """The port of a broker's first, second … listener, e.g. 9103: the second broker's second one."""
    return _FIRST_PORT + 10 * (number - 1) + place


def network_properties(kafka: Kafka, number: int, host: str) -> dict[str, str]:
    """Where a broker listens. Controllers talk over the node's loopback address, which no pod reaches."""
    protocols = {"CLIENT": "PLAINTEXT", **kafka.listeners}
    addresses = [f"{name}://{host}:{port(number, place)}" for place, name in enumerate(protocols)]
    controllers = {n: f"127.0.0.1:{_FIRST_CONTROLLER_PORT + n}" for n in range(1, kafka.brokers + 1)}
    mapped = {**protocols, "CONTROLLER": "PLAINTEXT"}
    return {
        "listeners": ",".join([*addresses, f"CONTROLLER://{controllers[number]}"]),
        "advertised.listeners": ",".join(addresses),
        "listener.security.protocol.map": ",".join(f"{name}:{protocol}" for name, protocol in mapped.items()),
        "controller.quorum.voters": ",".join(f"{n}@{address}" for n, address in controllers.items()),
    }


def replication_properties(brokers: int) -> dict[str, str]:
    """Three copies where there are three brokers, of which two must be in step: one broker may be lost."""
    copies, in_step = str(min(brokers, 3)), str(min(max(brokers - 1, 1), 2))
    return {
        "default.replication.factor": copies,
        "min.insync.replicas": in_step,
        "offsets.topic.replication.factor": copies,
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": in_step,
        "share.coordinator.state.topic.replication.factor": copies,
        "share.coordinator.state.topic.min.isr": in_step,
    }


def _broker(site: Site, number: int, installation: Installation, flags: tuple[str, ...]) -> Part:
    kafka, host, home = site.plan.kafka, site.addresses.node, site.home.state / f"kafka-{number}"
    options = BrokerOptions(
        node_id=number,
        cluster_id=kafka.cluster_id,
        heap_mb=512,
        properties={
            **network_properties(kafka, number, host),
            **replication_properties(kafka.brokers),
            "num.partitions": "3",
            **kafka.properties,
        },
    )
    home.mkdir(parents=True, exist_ok=True)
    logs, config = home / "logs", home / "server.properties"
    # The ports given here are overruled by the properties, which have every broker's.
    config.write_text(server_properties(options, [0] * (2 + len(options.listeners)), logs), encoding="ascii")
    format_storage(installation, config, logs, options)
    command = installation.command("kafka.Kafka", str(config), flags=(*java_flags(options, home), *flags))
    return site.part(
        f"kafka-{number}",
        command,
        lambda: answers(port(number, 0), host),
        address=f"{host}:{port(number, 0)}",
        environment=java_environment(),
    )


def _rehearse(installation: Installation, flag: str) -> None:
    options = BrokerOptions(stop_seconds=_REHEARSAL_SECONDS)
    with Broker(options, installation=installation, jvm_flags=(flag,)):
        pass

"""The embedded Kafka is a real one: it starts, keeps data through a crash, and leaves nothing behind."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition

from integration.conftest import MakeTopic
from integration.local.ended import ended
from mcp_jobs.core.errors import LocalPlatformError
from mcp_jobs.local.broker import Broker
from mcp_jobs.local.options import BrokerOptions
from mcp_jobs.local.ports import free_ports, is_listening

HOLDER = """
import sys
from mcp_jobs.local.broker import Broker
broker = Broker().start()
print(broker.pid, *broker.ports, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def broker() -> Iterator[Broker]:
    """A broker of the test's own. Killed, it comes back within seconds instead of ten."""
    with Broker(BrokerOptions(session_ms=1_000)) as own:
        yield own


def produce(broker: Broker, topic: str, value: bytes) -> None:
    producer = KafkaProducer(bootstrap_servers=broker.bootstrap_servers, acks="all")
    try:
        producer.send(topic, value).get(timeout=20)
    finally:
        producer.close()


def first_value(broker: Broker, topic: str) -> bytes:
    consumer = KafkaConsumer(
        bootstrap_servers=broker.bootstrap_servers, auto_offset_reset="earliest", consumer_timeout_ms=20_000
    )
    try:
        consumer.assign([TopicPartition(topic, 0)])
        return bytes(next(consumer).value)
    finally:
        consumer.close()


def create_topic(broker: Broker, topic: str) -> None:
    admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap_servers)
    try:
        admin.create_topics({topic: {"num_partitions": 1}}, wait_for_metadata=True)
    finally:
        admin.close()


def test_a_topic_has_the_partitions_it_was_made_with(make_topic: MakeTopic, admin: KafkaAdminClient) -> None:
    topic = make_topic(partitions=2)
    assert len(admin.describe_topics([topic])[0]["partitions"]) == 2


def test_every_topic_has_a_name_of_its_own(make_topic: MakeTopic) -> None:
    assert make_topic(1) != make_topic(1)


def test_the_features_are_those_kafka_gives_a_new_cluster(admin: KafkaAdminClient) -> None:
    features = admin.describe_features().items()
    levels = {name: feature["finalized"][1] for name, feature in features if "finalized" in feature}
    wanted = {"metadata.version": 30, "group.version": 1, "transaction.version": 2}
    assert wanted.items() <= levels.items()


def test_data_survives_kill_9_and_a_restart_on_the_same_port(broker: Broker) -> None:
    address, pid = broker.bootstrap_servers, broker.pid
    create_topic(broker, "kept")
    produce(broker, "kept", b"still here")
    broker.kill()
    assert not broker.running
    assert ended(pid, seconds=0)
    broker.restart()
    assert broker.bootstrap_servers == address
    assert broker.pid != pid
    assert first_value(broker, "kept") == b"still here"


def test_data_in_a_given_directory_is_there_for_the_next_broker(tmp_path: Path) -> None:
    options = BrokerOptions(data_dir=tmp_path / "größe 1", stop_seconds=30.0)
    with Broker(options) as first:
        create_topic(first, "kept")
        produce(first, "kept", b"still here")
    with Broker(options) as second:
        assert first_value(second, "kept") == b"still here"


def test_stop_leaves_no_process_no_listening_port_and_no_directory() -> None:
    broker = Broker().start()
    pid, ports, home = broker.pid, broker.ports, broker.home
    assert all(map(is_listening, ports))
    broker.stop()
    assert ended(pid, seconds=0)
    assert not any(map(is_listening, ports))
    assert not home.exists()


def test_a_parent_that_is_killed_takes_the_broker_with_it() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        pid, *ports = map(int, parent.stdout.readline().split())
        assert not ended(pid, seconds=0)
        parent.send_signal(signal.SIGKILL)
        assert ended(pid, seconds=20)
    assert not any(map(is_listening, ports))


def test_three_brokers_form_one_cluster() -> None:
    ports = free_ports(6)
    voters = ",".join(f"{n + 1}@127.0.0.1:{ports[n + 3]}" for n in range(3))
    brokers = [
        Broker(
            BrokerOptions(
                node_id=n + 1,
                cluster_id="mcp-jobs-three-brokers",
                ports=(ports[n], ports[n + 3]),
                heap_mb=128,
                properties={"controller.quorum.voters": voters},
            )
        )
        for n in range(3)
    ]
    try:
        for broker in brokers:
            broker.launch()
        for broker in brokers:
            broker.wait_until_ready()
        admin = KafkaAdminClient(bootstrap_servers=brokers[0].bootstrap_servers)
        assert {node["broker_id"] for node in admin.describe_cluster()["brokers"]} == {1, 2, 3}
        admin.close()
    finally:
        for broker in brokers:
            broker.kill()  # stopped one by one, the last would wait for a majority that's gone
            broker.stop()


def test_a_broker_that_cant_start_says_why() -> None:
    options = BrokerOptions(properties={"num.io.threads": "none"})
    with pytest.raises(LocalPlatformError, match=r"exit code 1 .*\n(.*\n)*.*num\.io\.threads"):
        Broker(options).start()


def test_a_port_of_our_choice_that_is_taken_is_an_error(kafka: Broker) -> None:
    options = BrokerOptions(ports=(kafka.ports[0], free_ports(1)[0]))
    with pytest.raises(LocalPlatformError, match="Address already in use"):
        Broker(options).start()


def test_a_free_port_that_gets_taken_meanwhile_is_replaced(
    kafka: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = [kafka.ports, free_ports(2)]
    monkeypatch.setattr("mcp_jobs.local.broker.free_ports", lambda _: chosen.pop(0))
    with Broker() as broker:
        assert broker.ports != kafka.ports
    assert chosen == []

"""The server.properties of a broker."""

from pathlib import Path

from mcp_jobs.local.options import BrokerOptions, server_properties


def lines(options: BrokerOptions, logs: str = "/data") -> dict[str, str]:
    text = server_properties(options, (1001, 1002), Path(logs))
    return dict(line.split("=", 1) for line in text.splitlines())


def test_every_listener_is_on_the_loopback_address() -> None:
    assert lines(BrokerOptions())["listeners"] == "CLIENT://127.0.0.1:1001,CONTROLLER://127.0.0.1:1002"


def test_a_property_of_ones_own_wins() -> None:
    chosen = lines(BrokerOptions(properties={"auto.create.topics.enable": "true", "more": "1"}))
    assert (chosen["auto.create.topics.enable"], chosen["more"]) == ("true", "1")


def test_what_java_would_misread_is_escaped() -> None:
    assert lines(BrokerOptions(), "/größe\\1")["log.dirs"] == "/gr\\u00f6\\u00dfe\\\\1"


def test_internal_topics_need_no_second_broker() -> None:
    made = lines(BrokerOptions(offsets_partitions=7, transaction_cleanup_ms=1000))
    replicas = [value for name, value in made.items() if name.endswith(("replication.factor", "min.isr"))]
    assert replicas == ["1"] * 5
    assert made["offsets.topic.num.partitions"] == "7"
    assert made["transaction.abort.timed.out.transaction.cleanup.interval.ms"] == "1000"


def test_more_listeners_have_a_port_and_a_protocol_of_their_own() -> None:
    options = BrokerOptions(listeners={"SAFE": "SASL_SSL"})
    text = server_properties(options, (1001, 1002, 1003), Path("/data"))
    made = dict(line.split("=", 1) for line in text.splitlines())
    assert made["listeners"].endswith(",SAFE://127.0.0.1:1003")
    assert made["advertised.listeners"] == "CLIENT://127.0.0.1:1001,SAFE://127.0.0.1:1003"
    assert made["listener.security.protocol.map"].endswith(",SAFE:SASL_SSL")

"""What the platform stands on fails in the middle of a burst: KEDA, all of Kafka, one broker of three."""

from collections.abc import Sequence

import pytest

from cluster.cluster import Cluster
from cluster.part import Part
from e2e import messages
from e2e.release import Install, Release
from mcp_jobs.adapters.kafka.connection import GROUP, TRANSACTION
from mcp_jobs.core.names import claim_id
from mcp_jobs.core.record import Place

MINUTE = 60.0
AT_ONCE = 4
BURST = 12


@pytest.fixture(scope="module")
def release(install: Install) -> Release:
    """A release whose topics have as many copies as there are brokers, up to three."""
    return install({"workloads": {"default": {"scaling": {"maxReplicaCount": AT_ONCE}}}})


def halfway(release: Release, name: str) -> list[Place]:
    """A burst of messages of which some have been claimed and wait at the gate, and others nobody has."""
    message = messages.calling("wait", gate=release.gate.address, name=name)
    places = release.topic("default").send([message] * BURST)
    release.gate.wait_for(name, AT_ONCE, 10 * MINUTE)
    return places


def check(release: Release, places: Sequence[Place], *, attempts: int) -> None:
    """Every message succeeded, once, and nothing else happened."""
    topic = release.topic("default")
    outcomes = topic.settled(places, 15 * MINUTE)
    assert {outcome["status"] for outcome in outcomes} == {"succeeded"}
    assert max(outcome["attempt"] for outcome in outcomes) <= attempts
    release.jobs.all_over("default", 5 * MINUTE)
    assert topic.lag() == 0
    assert not topic.dead_letters


def jobs_made(release: Release) -> int:
    return len(release.jobs.of("default"))


def restart_after_a_crash(parts: Sequence[Part]) -> None:
    for part in parts:
        part.start()
    for part in parts:
        part.wait(5 * MINUTE)


def test_a_keda_that_is_killed_and_comes_back_makes_the_jobs_that_are_missing_and_no_more(
    release: Release, cluster: Cluster
) -> None:
    before = jobs_made(release)
    places = halfway(release, "keda")
    keda = cluster.part("keda")
    keda.kill()
    release.gate.open("keda")
    restart_after_a_crash([keda])
    check(release, places, attempts=1)
    assert jobs_made(release) - before == BURST


def test_a_kafka_that_crashes_and_comes_back_costs_attempts_but_no_message(
    release: Release, cluster: Cluster
) -> None:
    places = halfway(release, "kafka")
    brokers = cluster.matching("kafka")
    for broker in brokers:
        broker.kill()
    release.gate.open("kafka")
    restart_after_a_crash(brokers)
    check(release, places, attempts=3)


@pytest.mark.parametrize("role", ["transactions", "groups"])
def test_a_coordinator_that_is_killed_is_replaced_by_another_broker(
    release: Release, cluster: Cluster, role: str
) -> None:
    connection, group = release.topic("default").connection, release.topic("default").group
    places = halfway(release, role)
    connection.forget()
    kind, key = (TRANSACTION, claim_id(group, 0)) if role == "transactions" else (GROUP, group)
    broker = cluster.part(f"kafka-{connection.coordinator(kind, key)}")
    broker.kill()
    release.gate.open(role)
    check(release, places, attempts=3)
    restart_after_a_crash([broker])

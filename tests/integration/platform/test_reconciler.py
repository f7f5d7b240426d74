"""What a failed Job left claimed is settled as soon as Kafka has decided about it, and no sooner."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from integration.platform.harness import options, platform_on
from mcp_jobs.adapters.kafka.connection import Connection
from mcp_jobs.adapters.kafka.messages import Message, produce
from mcp_jobs.adapters.kafka.session import Session
from mcp_jobs.core import names
from mcp_jobs.core.claimant import Claimant
from mcp_jobs.core.entry import Scope, encode
from mcp_jobs.core.names import Topics
from mcp_jobs.core.record import Record
from mcp_jobs.core.requests import AddGroup, CommitOffset, EndTransaction, InitProducer, Producer, Request
from mcp_jobs.entrypoints.local import Stage
from mcp_jobs.local.broker import Broker
from mcp_jobs.local.job import Job, JobTemplate, Pod
from mcp_jobs.local.reconciler import Reconciler

SCOPE = Scope("local", "test", "default")


class Dead:
    """A runner that was killed."""

    exit_code = 137

    def stop(self, seconds: float) -> int:
        return self.exit_code


@pytest.fixture
def stage(kafka: Broker, topic: str, tmp_path: Path) -> Iterator[Stage]:
    """A platform that does not turn: its topics and frontiers are there."""
    with platform_on(options(kafka, topic, tmp_path, partitions=1)) as up:
        produce({"bootstrap_servers": [up.kafka.brokers]}, topic, [Message(b"{")])
        yield up


@pytest.fixture
def session(stage: Stage) -> Iterator[Session]:
    with Connection({"bootstrap_servers": [stage.kafka.brokers]}) as connection:
        yield Session(connection, stage.kafka.topic)


@pytest.fixture
def job() -> Job:
    """A Job that has failed."""
    failed = Job(JobTemplate(backoff_limit=0), launch, now=0)
    failed.watch(0)
    return failed


def launch(pod: Pod) -> Dead:
    return Dead()


def reconciler(stage: Stage, session: Session) -> Reconciler:
    kafka = stage.kafka
    topics = Topics(kafka.topic, kafka.outcomes, kafka.dead_letters)
    return Reconciler(session, topics, group=kafka.consumer_group, scope=SCOPE, explain=lambda _: "no memory")


def claim_without_deciding(stage: Stage, session: Session, job: Job, scope: Scope) -> Producer:
    """Do all of a claim's transaction but its end."""
    group = stage.kafka.consumer_group
    me = Claimant(group, job.uid, "holder", scope=scope)
    producer = session.execute(InitProducer(names.claim_id(group, 0)))
    assert isinstance(producer, Producer)
    requests: tuple[Request, ...] = (
        AddGroup(producer, me.claim_group),
        CommitOffset(producer, me.claim_group, 0, encode(me.entry((Record(0),)))),
    )
    for request in requests:
        session.execute(request)
    return producer


def test_an_undecided_claim_is_left_alone_until_it_is_decided(
    stage: Stage, session: Session, job: Job
) -> None:
    producer = claim_without_deciding(stage, session, job, SCOPE)
    settle = reconciler(stage, session).settle
    assert settle(job) is None
    session.execute(EndTransaction(producer, commit=True))
    assert decided(settle, job) == 1
    assert decided(settle, job) == 0


def test_an_aborted_claim_is_none(stage: Stage, session: Session, job: Job) -> None:
    producer = claim_without_deciding(stage, session, job, SCOPE)
    session.execute(EndTransaction(producer, commit=False))
    assert decided(reconciler(stage, session).settle, job) == 0


def test_the_claim_of_another_platform_is_left_alone(stage: Stage, session: Session, job: Job) -> None:
    producer = claim_without_deciding(stage, session, job, Scope("local", "another", "default"))
    session.execute(EndTransaction(producer, commit=True))
    assert decided(reconciler(stage, session).settle, job) == 0


def decided(settle: Callable[[Job], int | None], job: Job) -> int:
    """Settle as soon as the end of a transaction is visible."""
    deadline = time.monotonic() + 20
    while (count := settle(job)) is None:
        assert time.monotonic() < deadline
    return count

"""What a claim costs, beside the usual consumer-group runner, on one real broker with default group settings.

usage: scripts/bench claim [--quick]
"""

import argparse
import multiprocessing
import statistics
import time
import uuid
from collections.abc import Callable
from multiprocessing.synchronize import Barrier
from typing import Any

from kafka import KafkaConsumer, KafkaProducer
from rich.console import Console
from rich.table import Table

from mcp_jobs.adapters.kafka.connection import Connection
from mcp_jobs.adapters.kafka.groups import Groups
from mcp_jobs.adapters.kafka.session import Session
from mcp_jobs.adapters.kafka.topics import create_topic, ensure_frontiers
from mcp_jobs.core.claim import claim
from mcp_jobs.core.claimant import Claimant, Claimed
from mcp_jobs.core.step import drive
from mcp_jobs.local.broker import Broker
from mcp_jobs.local.options import BrokerOptions

#: seconds after which a run is given up
LIMIT = 180
#: (seconds from the start until a message was in hand and committed, the message)
Taken = tuple[float, tuple[int, int]]
Take = Callable[[str, str, Barrier], Taken]


def by_claim(brokers: str, topic: str, barrier: Barrier) -> Taken:
    """From connected, as a runner is once it knows its topic, to the message in hand."""
    with Connection({"bootstrap_servers": [brokers]}) as connection:
        connection.existing(topic)
        session = Session(connection, topic, idle=LIMIT, contended=LIMIT)
        barrier.wait(LIMIT)
        start = time.perf_counter()
        end = drive(claim(Claimant(topic, uuid.uuid4().hex, uuid.uuid4().hex, patience=8)), session.execute)
        assert isinstance(end, Claimed), end
        return time.perf_counter() - start, (end.partition, end.records[0].offset)


def by_group(brokers: str, topic: str, barrier: Barrier) -> Taken:
    """The usual runner: subscribe, poll one message, commit, leave."""
    consumer = KafkaConsumer(
        group_id=f"{topic}-group",
        bootstrap_servers=[brokers],
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        max_poll_records=1,
    )
    barrier.wait(LIMIT)
    start = time.perf_counter()
    consumer.subscribe([topic])
    while True:
        for records in consumer.poll(timeout_ms=200).values():
            consumer.commit()
            taken = time.perf_counter() - start, (records[0].partition, records[0].offset)
            consumer.close()
            return taken
        if time.perf_counter() - start > LIMIT:
            raise TimeoutError(f"no message within {LIMIT} s")


def at_once(take: Take, brokers: str, topic: str, count: int) -> list[Taken]:
    """`count` processes take a message each, from the same moment on."""
    context = multiprocessing.get_context("fork")
    barrier, results = context.Barrier(count), context.Queue()

    def child() -> None:
        try:
            results.put(take(brokers, topic, barrier))
        except Exception as error:
            results.put(error)

    children = [context.Process(target=child, daemon=True) for _ in range(count)]
    for process in children:
        process.start()
    found = [results.get(timeout=LIMIT * 2) for _ in children]
    for process in children:
        process.join(LIMIT)
    for result in found:
        if isinstance(result, Exception):
            raise result
    return found


def hammer(brokers: str, topic: str, seconds: float, barrier: Barrier, results: Any) -> None:
    """Claim on and on, as Jobs that do nothing would."""
    with Connection({"bootstrap_servers": [brokers]}) as connection:
        barrier.wait(LIMIT)
        deadline, claims = time.perf_counter() + seconds, []
        while time.perf_counter() < deadline:
            session = Session(connection, topic, idle=LIMIT, contended=LIMIT)
            me = Claimant(topic, uuid.uuid4().hex, uuid.uuid4().hex, patience=8)
            end = drive(claim(me), session.execute)
            assert isinstance(end, Claimed), end
            claims.append(end.records[0].offset)
        results.put(claims)


def sustained(brokers: str, topic: str, contenders: int, seconds: float) -> tuple[float, int]:
    """Claims a second with so many contenders, and how many messages were claimed twice."""
    context = multiprocessing.get_context("fork")
    barrier, results = context.Barrier(contenders), context.Queue()
    arguments = (brokers, topic, seconds, barrier, results)
    children = [context.Process(target=hammer, args=arguments, daemon=True) for _ in range(contenders)]
    for process in children:
        process.start()
    claims = [offset for _ in children for offset in results.get(timeout=LIMIT)]
    for process in children:
        process.join(LIMIT)
    return len(claims) / seconds, len(claims) - len(set(claims))


def prepare(brokers: str, partitions: int, messages: int) -> str:
    """A topic with messages and first frontiers."""
    topic, config = f"bench-{uuid.uuid4().hex[:8]}", {"bootstrap_servers": [brokers]}
    create_topic(config, topic, partitions=partitions)
    producer = KafkaProducer(**config)
    for number in range(messages):
        producer.send(topic, b"x", partition=number % partitions)
    producer.flush(timeout=60)
    producer.close()
    with Connection(config) as connection:
        session, groups = Session(connection, topic), Groups(connection, topic)
        ensure_frontiers(session, groups, connection.existing(topic), topic)
    return topic


def warm_up(brokers: str, claims: int = 50) -> None:
    """Have the broker's Java compiled, as that of one which is at work for a while."""
    topic = prepare(brokers, 1, claims)
    for _ in range(claims):
        at_once(by_claim, brokers, topic, 1)


def row(name: str, take: Take, brokers: str, count: int, partitions: int) -> list[str]:
    """One line of the table: alone is measured five times, the others once."""
    rounds = 5 if count == 1 else 1
    taken: list[Taken] = []
    topic = prepare(brokers, partitions, count * rounds)
    for _ in range(rounds):
        taken += at_once(take, brokers, topic, count)
    times = sorted(seconds for seconds, _ in taken)
    twice = len(taken) - len({message for _, message in taken})
    return [name, str(count), f"{statistics.median(times):.3f} s", f"{times[-1]:.3f} s", str(twice)]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="leave out 60 at once, hammer for 3 s only")
    quick = parser.parse_args().quick
    console, partitions = Console(), 3
    table = Table("runner", "at once", "median", "last one", "taken twice", title=f"{partitions} partitions")
    with Broker(BrokerOptions()) as broker:
        brokers = broker.bootstrap_servers
        with console.status("warming up: a broker's first transactions are slow"):
            warm_up(brokers)
        for count in (1, 10) if quick else (1, 10, 60):
            for name, take in (("claim", by_claim), ("consumer group", by_group)):
                with console.status(f"{name}, {count} at once"):
                    table.add_row(*row(name, take, brokers, count, partitions))
        with console.status("16 contenders on one partition"):
            rate, twice = sustained(brokers, prepare(brokers, 1, 20_000), 16, 3 if quick else 15)
    console.print(table)
    console.print(f"16 contenders on one partition without a pause: {rate:.0f} claims/s, {twice} taken twice")


if __name__ == "__main__":
    main()

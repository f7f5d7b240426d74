"""A workload's topics, through the product's own adapters: send messages, collect what became of them."""

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from kafka import KafkaAdminClient

from mcp_jobs.adapters.kafka.connection import Connection
from mcp_jobs.adapters.kafka.messages import Message, produce
from mcp_jobs.adapters.kafka.outcomes import Tail, place_of, read_outcome
from mcp_jobs.adapters.kafka.session import Session
from mcp_jobs.core.dead_letter import DeadLetter
from mcp_jobs.core.dead_letter import read as read_dead_letter
from mcp_jobs.core.record import Place
from mcp_jobs.core.requests import Ends, Offsets, ReadEnds, ReadOffsets

Outcome = dict[str, Any]


class Topic:
    """The topics of one workload, and all outcomes and dead letters in them, by the message's place.

    `written`: when the outcome was, in seconds since the epoch.
    """

    def __init__(self, config: dict[str, Any], name: str) -> None:
        self.name = name
        self.group = f"{name}-runners"
        self.outcomes: dict[Place, list[Outcome]] = defaultdict(list)
        self.dead_letters: dict[Place, list[DeadLetter]] = defaultdict(list)
        self.written: dict[Place, float] = {}
        self.connection = Connection(config)
        self.connection.open()
        self._config = config
        self._tails = [
            Tail(self.connection, f"{name}.{part}", start={}) for part in ("outcomes", "dead-letters")
        ]

    def send(self, messages: Sequence[bytes]) -> list[Place]:
        """Produce messages and return where they stand."""
        return produce(self._config, self.name, [Message(value) for value in messages])

    def settled(self, places: Sequence[Place], seconds: float) -> list[Outcome]:
        """The outcome of each message, in their order. One that has two is an AssertionError."""
        self._until(
            lambda: all(place in self.outcomes for place in places),
            seconds,
            lambda: f"{sum(p not in self.outcomes for p in places)} of {len(places)} have no outcome",
        )
        twice = [place for place, found in self.outcomes.items() if len(found) != 1]
        assert not twice, f"more than one outcome: {twice}"
        return [self.outcomes[place][0] for place in places]

    def poll(self) -> None:
        """Read what is new."""
        outcomes, dead_letters = self._tails
        for record in outcomes.poll():
            if outcome := read_outcome(record):
                self.outcomes[place_of(outcome)].append(outcome)
                self.written[place_of(outcome)] = record.timestamp / 1000
        for letter in filter(None, map(read_dead_letter, dead_letters.poll())):
            self.dead_letters[letter.place].append(letter)

    def lag(self) -> int:
        """Messages that nobody has claimed, by committed offsets."""
        session = Session(self.connection, self.name)
        ends, frontiers = session.execute(ReadEnds()), session.execute(ReadOffsets(self.group))
        assert isinstance(ends, Ends), ends
        assert isinstance(frontiers, Offsets), frontiers
        committed = {partition: c.offset for partition, c in frontiers.committed}
        assert committed.keys() == {partition for partition, _, _ in ends.ends}, committed
        return sum(end - committed[partition] for partition, _, end in ends.ends)

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()

    def _until(self, condition: Callable[[], bool], seconds: float, problem: Callable[[], str]) -> None:
        deadline = time.monotonic() + seconds
        while True:
            self.poll()
            if condition():
                return
            if time.monotonic() > deadline:
                raise TimeoutError(f"{problem()} after {seconds:g} s")
            time.sleep(0.2)


def topics_there(config: dict[str, Any], names: Sequence[str]) -> list[str]:
    """Those topics of these workloads that exist."""
    admin = KafkaAdminClient(**config)
    try:
        ours = {f"{name}{part}" for name in names for part in ("", ".outcomes", ".dead-letters")}
        return sorted(ours & set(admin.list_topics()))
    finally:
        admin.close()


def delete_topics(config: dict[str, Any], names: Sequence[str]) -> None:
    """Delete the topics of these workloads, as far as they exist."""
    there = topics_there(config, names)
    admin = KafkaAdminClient(**config)
    try:
        admin.delete_topics(there)
    finally:
        admin.close()

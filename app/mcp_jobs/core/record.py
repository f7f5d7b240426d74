"""A record of the topic, as the log holds it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Record:
    """One message. `timestamp` is in milliseconds since the epoch."""

    offset: int
    key: bytes | None = None
    value: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()
    timestamp: int = 0


@dataclass(frozen=True, order=True, slots=True)
class Place:
    """Where a message stands in its topic."""

    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class Output:
    """One record to produce within a settle transaction. The key decides the partition."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()

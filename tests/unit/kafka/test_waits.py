"""Rows of waits: their deadline, and where a new row begins."""

from collections.abc import Iterator

import pytest

from mcp_jobs.adapters.kafka.connection import Connection
from mcp_jobs.adapters.kafka.session import Session
from mcp_jobs.core.requests import Elapsed, Expired, Wait, WaitReason

WAIT = Wait(WaitReason.CONTENDED)


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("mcp_jobs.adapters.kafka.session.time", clock)
    return clock


@pytest.fixture
def session() -> Iterator[Session]:
    connection = Connection({"bootstrap_servers": ["localhost:1"]})
    yield Session(connection, "topic", contended=120)
    connection.close()


def test_a_row_of_waits_has_a_deadline(clock: Clock, session: Session) -> None:
    answer = session._wait(WAIT)
    assert answer == Elapsed()
    for _ in range(3):
        clock.now += 40
        answer = session._wait(WAIT)
    assert answer == Expired()


def test_work_that_takes_hours_ends_a_row_of_waits(clock: Clock, session: Session) -> None:
    assert session._wait(WAIT) == Elapsed()
    clock.now += 3_600
    assert session._wait(WAIT) == Elapsed()

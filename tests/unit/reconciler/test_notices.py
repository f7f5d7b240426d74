"""What is said once, and not again until it changes."""

from collections.abc import Iterator

import pytest
from loguru import logger

from mcp_jobs.reconciler.notices import Notices


@pytest.fixture
def said() -> Iterator[list[str]]:
    lines: list[str] = []
    handler = logger.add(lambda message: lines.append(message.record["message"]))
    yield lines
    logger.remove(handler)


def test_what_goes_on_is_said_once(said: list[str]) -> None:
    notices = Notices(workload="w")

    notices.begin("k", "3 messages wait")
    notices.begin("k", "4 messages wait")
    notices.begin("k", "5 messages are lost")

    assert said == ["3 messages wait", "5 messages are lost"]


def test_the_end_is_said_too(said: list[str]) -> None:
    notices = Notices()
    notices.begin("a/1", "one")
    notices.begin("a/2", "two")
    notices.begin("b", "three")
    said.clear()

    notices.only("a/", {"a/1"})
    notices.end("b")
    notices.end("b")

    assert said == ["no longer: two", "no longer: three"]

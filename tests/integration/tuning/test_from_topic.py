"""A load is read from the outcomes that real runners wrote."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from integration.conftest import MakeTopic
from integration.platform.harness import TIME, envelope, options, platform_on, produce_to, settle_all
from mcp_jobs.adapters.kafka.messages import Message, produce
from mcp_jobs.core.errors import ProtocolError
from mcp_jobs.entrypoints.commands import app
from mcp_jobs.entrypoints.tune_topic import record
from mcp_jobs.local.broker import Broker
from mcp_jobs.settings import KafkaSettings


def settings(kafka: Broker, outcomes: str) -> KafkaSettings:
    return KafkaSettings.model_construct(brokers=kafka.bootstrap_servers, outcomes_topic=outcomes)


def outcome(second: int) -> bytes:
    return json.dumps(
        {
            "jobId": f"job-{second}",
            "producedAt": f"2026-11-23T12:00:{second:02}.000Z",
            "startedAt": f"2026-11-23T12:00:{second + 3:02}.500Z",
            "durationMs": 1000 * second,
            "attempt": 1,
        }
    ).encode()


def test_waits_and_work_are_those_of_the_platforms_runs(
    kafka: Broker, make_topic: MakeTopic, tmp_path: Path
) -> None:
    with platform_on(options(kafka, make_topic(), tmp_path)) as stage:
        produce_to(stage, [envelope(f"time-{number}", TIME) for number in range(3)])
        settle_all(stage)
        outcomes = stage.platform.board.outcomes.values()
        found = record(stage.kafka, last=100)
    assert sorted(message.work for message in found.messages) == sorted(
        outcome["durationMs"] / 1000 for outcome in outcomes
    )
    assert len(found.waits) == 3
    assert 0 < found.waits[0] <= found.waits[-1] < 90


def test_only_the_last_messages_are_read(kafka: Broker, make_topic: MakeTopic) -> None:
    topic = make_topic(partitions=3)
    config = {"bootstrap_servers": [kafka.bootstrap_servers]}
    produce(config, topic, [Message(outcome(second), str(second).encode()) for second in range(30)])
    found = record(settings(kafka, topic), last=10)
    assert [message.work for message in found.messages] == list(range(20, 30))
    assert [message.arrival for message in found.messages] == list(range(10))
    assert found.waits == (3.5,) * 10


def test_records_of_others_are_stepped_over(kafka: Broker, make_topic: MakeTopic) -> None:
    topic = make_topic()
    values = [b"no JSON", b"[]", b'{"jobId": "x"}', outcome(5)]
    produce({"bootstrap_servers": [kafka.bootstrap_servers]}, topic, [Message(value) for value in values])
    assert len(record(settings(kafka, topic), last=10).messages) == 1


def test_predicted_and_measured_waits_are_shown_side_by_side(kafka: Broker, make_topic: MakeTopic) -> None:
    topic = make_topic()
    outcomes = make_topic()
    values = [Message(outcome(second)) for second in range(0, 50, 2)]
    produce({"bootstrap_servers": [kafka.bootstrap_servers]}, outcomes, values)
    arguments = ("--from-topic", topic, "--brokers", kafka.bootstrap_servers, "--courses", "1")
    few = ("--polling-intervals", "5s", "--max-replicas", "50", "--batch-sizes", "1")
    environment = {"KAFKA_OUTCOMES_TOPIC": outcomes, "COLUMNS": "200"}
    result = CliRunner().invoke(app, ["tune", *arguments, *few], env=environment)
    assert result.exit_code == 0
    assert re.search(r"p95 \d+\.\d s predicted, 3\.5 s measured", result.stdout)
    assert "25 messages" in result.stdout


def test_a_topic_that_is_not_there_is_named(kafka: Broker) -> None:
    with pytest.raises(ProtocolError, match="no-such-topic"):
        record(settings(kafka, "no-such-topic"), last=10)

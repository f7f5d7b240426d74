"""Local platforms on the shared Kafka, turned by the test itself so that no wait is unbounded."""

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mcp_jobs.adapters.kafka.messages import Message, produce
from mcp_jobs.core.record import Place
from mcp_jobs.entrypoints.local import Stage, set_up
from mcp_jobs.entrypoints.local_options import LocalOptions
from mcp_jobs.local.broker import Broker
from mcp_jobs.local.lock import silent

SERVERS = Path(__file__).parents[2] / "servers"
TIME = {"command": sys.executable, "args": ["-m", "mcp_server_time"]}
WHAT_TIME = {"server": "time", "tool": "get_current_time", "arguments": {"timezone": "UTC"}}


def envelope(job_id: str, server: dict[str, Any], *calls: dict[str, Any]) -> bytes:
    """A message with one server, which is named `time`."""
    payload = {"mcpServers": {"time": server}, "calls": calls}
    return json.dumps({"jobId": job_id, "payload": json.dumps(payload)}).encode()


def shell(script: str) -> dict[str, Any]:
    """A server that is a shell script; `time` is the command of the real one in it."""
    prelude = f'time() {{ exec "{sys.executable}" -m mcp_server_time; }}; '
    return {"command": "sh", "args": ["-c", prelude + script]}


def options(kafka: Broker, topic: str, logs: Path, **chosen: Any) -> LocalOptions:
    """The options of a platform on the shared Kafka, with short waits."""
    common: dict[str, Any] = {
        "brokers": kafka.bootstrap_servers,
        "topic": topic,
        "partitions": 3,
        "max_replicas": 4,
        "polling_interval": 0.1,
        "lag_threshold": 1,
        "max_attempts": 3,
        "message_timeout": 60,
        "env_root": logs,
        "logs": logs,
    }
    return LocalOptions(**{**common, **chosen})


@contextmanager
def platform_on(chosen: LocalOptions) -> Iterator[Stage]:
    """A platform that is up."""
    with set_up(chosen, silent) as stage:
        yield stage


def produce_to(stage: Stage, values: Sequence[bytes]) -> list[Place]:
    """Produce messages and let the board expect them."""
    config = {"bootstrap_servers": [stage.kafka.brokers]}
    places = produce(config, stage.kafka.topic, [Message(value) for value in values])
    stage.platform.board.expect({place: f"#{number}" for number, place in enumerate(places)})
    return places


def turn_until(stage: Stage, condition: Callable[[], bool], seconds: float = 60) -> None:
    """Turn the platform until the condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {stage.platform.board.outcomes}"
        for _ in stage.platform.turn():
            pass
        time.sleep(0.02)


def settle_all(stage: Stage, seconds: float = 90) -> None:
    """Turn the platform until every message has its outcome and nothing is left to do."""
    board, platform = stage.platform.board, stage.platform

    def done() -> bool:
        explained = len(board.dead_letters) >= board.failed
        return not board.missing and not platform.busy and explained and platform.read_lag() == 0

    turn_until(stage, done, seconds)

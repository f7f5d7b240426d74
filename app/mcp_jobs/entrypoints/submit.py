"""`mcp-jobs submit`: produce messages, and wait for their outcomes if that is asked for."""

import json
import time
from collections.abc import Mapping

from rich.console import Console

from mcp_jobs.adapters.kafka.connection import Connection
from mcp_jobs.adapters.kafka.outcomes import Tail, read_outcome
from mcp_jobs.core.record import Place
from mcp_jobs.entrypoints.batch import Batch
from mcp_jobs.entrypoints.interruption import Interruption
from mcp_jobs.entrypoints.kafka_config import kafka_config
from mcp_jobs.entrypoints.sending import send
from mcp_jobs.local.board import Board, Outcome
from mcp_jobs.local.view import line_of, plain, plural
from mcp_jobs.settings import KafkaSettings

_POLL_SECONDS = 0.2


def submit(
    kafka: KafkaSettings, batch: Batch, *, wait_seconds: float, as_json: bool, console: Console
) -> bool:
    """Produce the messages, and say what became of them; whether all succeeded as far as it is known."""
    config = kafka_config(kafka, client_id="mcp-jobs-submit")
    with Connection(config, timeout=kafka.request_timeout_seconds) as connection:
        connection.existing(kafka.topic, allow="WRITE")
        tail = Tail(connection, kafka.outcomes) if wait_seconds else None
        ids: dict[Place, str] = {}

        def on_sent(job_id: str, place: Place) -> None:
            ids[place] = job_id
            if tail is None:
                _announce(job_id, place, as_json=as_json)

        send(config, kafka.topic, batch, on_sent)
        return tail is None or _wait(tail, ids, wait_seconds, as_json=as_json, console=console)


def _announce(job_id: str, place: Place, *, as_json: bool) -> None:
    """Say that a message is in Kafka."""
    if as_json:
        line = {"jobId": job_id, "partition": place.partition, "offset": place.offset}
        print(json.dumps(line, ensure_ascii=False), flush=True)
    else:
        print(plain(job_id), flush=True)


def _wait(tail: Tail, ids: Mapping[Place, str], seconds: float, *, as_json: bool, console: Console) -> bool:
    board = Board()
    board.expect(ids)
    deadline = time.monotonic() + seconds
    with Interruption() as interruption, interruption.held():
        while board.missing and time.monotonic() < deadline:
            interruption.check()
            for outcome in filter(None, map(read_outcome, tail.poll())):
                if board.add_outcome(outcome):
                    show(outcome, board, as_json=as_json, console=console)
            time.sleep(_POLL_SECONDS)
    if board.missing:
        late = ", ".join(plain(ids[place], 60) for place in board.missing[:10])
        console.print(
            f"no outcome within {seconds:g} s for {plural(len(board.missing), 'message')}: {late}",
            style="red",
            markup=False,
        )
    return not board.missing and not board.failed


def show(outcome: Outcome, board: Board, *, as_json: bool, console: Console) -> None:
    """One outcome: as JSON on standard output, or as a line for people."""
    if as_json:
        print(json.dumps(outcome, ensure_ascii=False), flush=True)
    else:
        done = f"{len(board.outcomes)}/{len(board.sources)}" if board.sources else str(len(board.outcomes))
        console.print(line_of(outcome, done), soft_wrap=True)

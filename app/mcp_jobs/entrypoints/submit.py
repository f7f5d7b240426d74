"""`mcp-jobs submit`: produce messages, and wait for their outcomes if that is asked for."""

import json
import time
from collections.abc import Mapping, Sequence

from rich.console import Console

from mcp_jobs.adapters.kafka.connection import Connection
from mcp_jobs.adapters.kafka.messages import Message, produce
from mcp_jobs.adapters.kafka.outcomes import Tail, read_outcome
from mcp_jobs.core.envelope import decode
from mcp_jobs.core.errors import EnvelopeError
from mcp_jobs.core.record import Place
from mcp_jobs.entrypoints.files import InputError, Sourced
from mcp_jobs.entrypoints.interruption import Interruption
from mcp_jobs.entrypoints.kafka_config import kafka_config
from mcp_jobs.local.board import Board, Outcome
from mcp_jobs.local.view import line_of, plain, plural
from mcp_jobs.settings import KafkaSettings

_POLL_SECONDS = 0.2


def check(messages: Sequence[Sourced]) -> None:
    """Raise InputError, which names every message that the runners would refuse."""
    problems = []
    for message in messages:
        try:
            decode(message.value)
        except EnvelopeError as error:
            problems.append(f"{message.source}: {error}")
    if problems:
        raise InputError(
            f"nothing was sent, as {plural(len(problems), 'message')} would be refused: "
            + "; ".join(problems)
        )


def submit(
    kafka: KafkaSettings, messages: Sequence[Sourced], *, wait_seconds: float, as_json: bool, console: Console
) -> bool:
    """Produce the messages, and say what became of them; whether all succeeded as far as it is known."""
    config = kafka_config(kafka, client_id="mcp-jobs-submit")
    with Connection(config, timeout=kafka.request_timeout_seconds) as connection:
        connection.existing(kafka.topic, allow="WRITE")
        tail = Tail(connection, kafka.outcomes) if wait_seconds else None
        places = produce(config, kafka.topic, [Message(message.value) for message in messages])
        ids = {place: job_id(m, kafka.topic, place) for m, place in zip(messages, places, strict=True)}
        if tail is None:
            for name in ids.values():
                print(plain(name))
            return True
        return _wait(tail, ids, wait_seconds, as_json=as_json, console=console)


def job_id(message: Sourced, topic: str, place: Place) -> str:
    """The id that the message's outcome will have."""
    try:
        return decode(message.value).job_id
    except EnvelopeError:
        return f"{topic}-{place.partition}-{place.offset}"


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

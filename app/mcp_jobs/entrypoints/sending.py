"""Sending many messages: paced, with a progress bar on a terminal, and to be interrupted at any time."""

import os
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from mcp_jobs.adapters.kafka.messages import Message, Producer
from mcp_jobs.core.envelope import decode
from mcp_jobs.core.errors import EnvelopeError, ProtocolError
from mcp_jobs.core.record import Place
from mcp_jobs.core.trace import TRACEPARENT, parse
from mcp_jobs.entrypoints.batch import Batch
from mcp_jobs.entrypoints.files import Sourced
from mcp_jobs.entrypoints.interruption import Interruption
from mcp_jobs.local.view import console

#: a signal is looked for so often while no message is due
_NAP_SECONDS = 0.2

#: called with the jobId and the place of a message that Kafka has taken
OnSent = Callable[[str, Place], None]


def send(config: Mapping[str, Any], topic: str, batch: Batch, on_sent: OnSent) -> None:
    """Send the messages. Raises ProtocolError, which says how many Kafka has taken before.

    Interrupted, it tells of all that were sent, and on standard error how many that are.
    """
    total, taken = len(batch), 0
    waiting: deque[Sourced] = deque()
    largest = max(len(copy.value) for copy in batch.last_copies)
    with (
        Producer(config, topic, largest=largest) as producer,
        _bar(total) as advance,
        Interruption() as interruption,
        interruption.held(),
    ):

        def tell(places: Iterable[Place]) -> None:
            nonlocal taken
            for place in places:
                on_sent(_job_id(waiting.popleft(), topic, place), place)
                taken += 1
                advance()

        try:
            for message in _paced(batch, interruption):
                producer.send(outgoing(message))
                waiting.append(message)
                tell(producer.taken())
            tell(producer.taken(wait=True))
        except ProtocolError as error:
            if not taken:
                raise
            raise ProtocolError(f"{error}; {taken} of {total} messages were sent") from error
        except (KeyboardInterrupt, SystemExit):
            tell(producer.taken(wait=True))
            print(f"mcp-jobs: interrupted; {taken} of {total} messages were sent", file=sys.stderr)
            raise


def outgoing(message: Sourced) -> Message:
    """The message in the span that TRACEPARENT names, unless it names its own."""
    trace = parse(os.environ.get("TRACEPARENT", ""))
    if trace is None or _traceparent(message):
        return Message(message.value)
    return Message(message.value, headers=((TRACEPARENT, trace.header.encode()),))


def _traceparent(message: Sourced) -> str | None:
    try:
        return decode(message.value).traceparent
    except EnvelopeError:
        return None


def _paced(batch: Batch, interruption: Interruption) -> Iterator[Sourced]:
    """The messages, each when it is due: so the last one is in time, too, where one before was late."""
    start = 0.0
    for number, message in enumerate(batch):
        if number < 2:  # the first one waits for the connection
            start = time.monotonic()
        due = start + number / batch.rate if batch.rate else start
        while (left := due - time.monotonic()) > 0:
            interruption.check()
            time.sleep(min(left, _NAP_SECONDS))
        interruption.check()
        yield message


@contextmanager
def _bar(total: int) -> Iterator[Callable[[], None]]:
    """A progress bar on standard error where that is a terminal; what is yielded counts one message."""
    terminal = console(stderr=True)
    columns = (TextColumn("Sending"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(
        *columns,
        console=terminal,
        transient=True,
        disable=total == 1 or not terminal.is_terminal,
        redirect_stdout=sys.stdout.isatty(),  # else the jobIds would go to the terminal, too
    ) as progress:
        task = progress.add_task("", total=total)
        yield lambda: progress.advance(task)


def _job_id(message: Sourced, topic: str, place: Place) -> str:
    """The id that the message's outcome will have."""
    try:
        return decode(message.value).job_id
    except EnvelopeError as error:
        return error.job_id or f"{topic}-{place.partition}-{place.offset}"

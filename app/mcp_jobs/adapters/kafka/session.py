"""Executes the claim protocol's requests on a real cluster: a request of the core in, its answer out."""

import random
import threading
import time
from collections.abc import Callable
from typing import Any

from mcp_jobs.adapters.kafka import wire
from mcp_jobs.adapters.kafka.connection import Connection
from mcp_jobs.adapters.kafka.outage import Interrupted, Unanswered, Unsent
from mcp_jobs.adapters.kafka.reads import Reads
from mcp_jobs.adapters.kafka.writes import Writes
from mcp_jobs.core import requests as ask
from mcp_jobs.core.errors import ProtocolError

#: seconds without a wait that end a row of waits
_ROW_SECONDS = 60


class Session:
    """One topic of one cluster, for the claim machines.

    Times are seconds: `transaction_timeout` is when the broker ends an abandoned transaction, `idle` how
    long to look for a message, `contended` how long to give way to others in a row.
    """

    def __init__(
        self,
        connection: Connection,
        topic: str,
        *,
        transaction_timeout: float = 15,
        idle: float = 10,
        contended: float = 120,
        stop: threading.Event | None = None,
    ) -> None:
        wire.prepare()
        self._connection = connection
        self._limits = {ask.WaitReason.IDLE: idle, ask.WaitReason.CONTENDED: contended}
        self._stop = stop or threading.Event()
        self._waits: dict[ask.WaitReason, tuple[float, float, int]] = {}
        reads = Reads(connection, topic)
        writes = Writes(connection, topic, transaction_timeout=transaction_timeout)
        self._handlers: dict[type[ask.Request], Callable[[Any], ask.Answer]] = {
            ask.ReadOffsets: reads.offsets,
            ask.ReadEnds: reads.ends,
            ask.Fetch: reads.fetch,
            ask.DescribeTransaction: reads.transaction,
            ask.InitProducer: writes.init_producer,
            ask.AddGroup: writes.add_group,
            ask.AddPartitions: writes.add_partitions,
            ask.Produce: writes.produce,
            ask.CommitOffset: writes.commit_offset,
            ask.EndTransaction: writes.end,
            ask.Wait: self._wait,
        }

    def execute(self, request: ask.Request) -> ask.Answer:
        """Execute one request. What Kafka answers is returned, never raised. Raises Interrupted."""
        if self._stop.is_set():
            raise Interrupted
        handler = self._handlers[type(request)]
        try:
            return self._connection.until(lambda: handler(request))
        except (Unsent, Unanswered):
            self._connection.forget()
            return ask.Lost()
        except ProtocolError as error:
            return ask.Rejected(str(error))

    def _wait(self, request: ask.Wait) -> ask.Answer:
        """Wait longer after each wait in a row, with jitter."""
        now = time.monotonic()
        since, last, count = self._waits.get(request.reason, (now, now, 0))
        if now - last > _ROW_SECONDS:  # hours of work may lie between a claim and its settlement
            since, count = now, 0
        if now - since >= self._limits[request.reason]:
            return ask.Expired()
        self._waits[request.reason] = (since, now, count + 1)
        longest = 0.25 if request.reason is ask.WaitReason.IDLE else 0.02 * 2 ** min(count, 6)
        if self._stop.wait(random.uniform(0.2, 1) * longest):
            raise Interrupted
        return ask.Elapsed()

    def reset_waits(self) -> None:
        """Start the deadlines anew: another piece of work begins."""
        self._waits.clear()

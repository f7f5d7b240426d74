"""Counts what came of messages, from the outcomes topic."""

from typing import Any

from mcp_jobs.core.log import Reading
from mcp_jobs.core.record import Record
from mcp_jobs.core.requests import Ends, Fetch, Offsets, OutOfRange, ReadEnds, ReadOffsets
from mcp_jobs.core.tally import Tally, metrics_group, read_tally
from mcp_jobs.reconciler import meters
from mcp_jobs.reconciler.look import expect
from mcp_jobs.reconciler.ports import Kafka, Tools
from mcp_jobs.reconciler.workload import Workload

#: records of one partition per fetch, and fetches of one partition per sweep
_AT_ONCE, _FETCHES = 100, 50
#: tenants that are told apart: messages name them, and each is a time series
_MOST_TENANTS = 100
#: seconds until positions are committed although they are the same, so that they don't expire
_COMMIT_SECONDS = 3600.0


class OutcomeCount:
    """The count of one workload. What this process has counted it never counts again.

    The first reader of all begins at the end of the topic, every later one where the one before it was.
    """

    def __init__(self, workload: Workload, tools: Tools) -> None:
        self._workload = workload
        self._tools = tools
        self._next: dict[int, int] = {}
        self._tenants: set[str] = set()
        self._committed: tuple[dict[int, int], float] | None = None

    def go_on(self, kafka: Kafka) -> None:
        """Count what is new. Raises ProtocolError."""
        answer = expect(Ends, kafka.outcomes, ReadEnds(starts=True))
        ends = {partition: (start, end) for partition, start, end in answer.ends}
        if not self._next:
            self._next = self._beginning(kafka, ends)
        for partition, (start, end) in ends.items():
            self._next.setdefault(partition, start)  # it was added since
            self._read(kafka, partition, end)
        self._commit(kafka)

    def _beginning(self, kafka: Kafka, ends: dict[int, tuple[int, int]]) -> dict[int, int]:
        group = metrics_group(self._workload.group)
        committed = dict(expect(Offsets, kafka.outcomes, ReadOffsets(group)).committed)
        if not committed:
            return {partition: end for partition, (_, end) in ends.items()}
        return {partition: offset.offset for partition, offset in committed.items() if partition in ends}

    def _read(self, kafka: Kafka, partition: int, end: int) -> None:
        for _ in range(_FETCHES):
            position = self._next[partition]
            if position >= end:
                return
            match kafka.outcomes.execute(Fetch(partition, position, _AT_ONCE)):
                case Reading(records, after) if after > position:
                    self._next[partition] = after
                    for record in records:
                        self._count(record)
                case OutOfRange(start, last):  # retention was faster, or the topic is another one
                    self._next[partition] = start if position < start else last
                case _:
                    return

    def _count(self, record: Record) -> None:
        tally = read_tally(record.value, self._workload.topics.messages)
        if tally is None:
            return
        metrics, name = self._tools.metrics, self._workload.name
        metrics.add(meters.OUTCOMES, workload=name, tenant=self._tenant(tally), status=tally.status)
        if tally.seconds is not None:
            metrics.observe(
                meters.DURATION, tally.seconds, tally.trace_id, workload=name, status=tally.status
            )
        if tally.retries:
            metrics.add(meters.RETRIES, tally.retries, workload=name)
        if tally.kind:
            labels: dict[str, Any] = {"workload": name, "class": tally.kind}
            metrics.add(meters.DEAD_LETTERS, **labels)

    def _tenant(self, tally: Tally) -> str:
        """The workload's tenant, else the message's, as long as there are not too many."""
        tenant = self._workload.tenant or tally.tenant
        if len(self._tenants) < _MOST_TENANTS:
            self._tenants.add(tenant)
        return tenant if tenant in self._tenants else "other"

    def _commit(self, kafka: Kafka) -> None:
        now = self._tools.clock.now()
        if self._committed:
            positions, at = self._committed
            if positions == self._next and now - at < _COMMIT_SECONDS:
                return
        kafka.positions.commit(self._next)
        self._committed = dict(self._next), now

"""The messages that no Job has settled: how many are claimed, how many are not and since when."""

from loguru import logger

from mcp_jobs.core import names
from mcp_jobs.core.claimant import Claimant
from mcp_jobs.core.entry import Committed
from mcp_jobs.core.errors import ProtocolError
from mcp_jobs.core.log import Reading
from mcp_jobs.core.pick import Picked
from mcp_jobs.core.requests import Fetch, Lost, Rejected
from mcp_jobs.core.step import Refused, drive
from mcp_jobs.core.take import Fence, Took
from mcp_jobs.core.transaction import Polite
from mcp_jobs.reconciler import meters
from mcp_jobs.reconciler.look import Snapshot
from mcp_jobs.reconciler.ports import Kafka, Tools
from mcp_jobs.reconciler.workload import Workload

#: stands in a claim for the uid of a Job. It never gets an entry: what it claims is nothing but holes
_NOBODY = "reconciler"


class Backlog:
    """Measures one workload's lag, and moves frontiers over holes, which KEDA would start a Job for."""

    def __init__(self, workload: Workload, tools: Tools) -> None:
        self._workload = workload
        self._tools = tools

    def measure(self, kafka: Kafka, seen: Snapshot) -> None:
        """Set the gauges. Raises ProtocolError."""
        name, frontiers = self._workload.name, dict(seen.frontiers.committed)
        held = seen.held(self._workload.scope)
        claimed = sum(len(e.open_offsets) for entries in held.values() for _, e in entries)
        self._tools.metrics.set(meters.CLAIMED, claimed, workload=name)
        oldest = 0.0
        for partition, start, end in seen.ends.ends:
            if frontier := frontiers.get(partition):
                lag = max(end - frontier.offset, 0)
                if lag:
                    first = max(frontier.offset, start)
                    oldest = max(oldest, self._age(kafka, seen, partition, frontier, first))
                self._tools.metrics.set(meters.LAG, lag, workload=name, partition=str(partition))
        self._tools.metrics.set(meters.OLDEST_AGE, oldest, workload=name)

    def _age(self, kafka: Kafka, seen: Snapshot, partition: int, frontier: Committed, first: int) -> float:
        """Seconds since the first unclaimed message of a partition was produced; 0 where there is none."""
        answer = kafka.messages.execute(Fetch(partition, first, 1))
        match answer:
            case Reading(records=(record, *_)):
                return max(self._tools.clock.milliseconds() - record.timestamp, 0) / 1000
            case Reading(next_offset=after) if after > first:
                self._step_over(kafka, seen, Picked(partition, frontier, (), after))
            case Lost() | Rejected():
                raise ProtocolError(f"partition {partition} of {seen.group} can't be read: {answer}")
        return 0.0

    def _step_over(self, kafka: Kafka, seen: Snapshot, holes: Picked) -> None:
        """A claim of nothing: control records, aborted and compacted messages (rule R8)."""
        me = Claimant(seen.group, _NOBODY, _NOBODY, seen.topic_id)
        fence = Fence(me, holes)
        claim_id = names.claim_id(seen.group, holes.partition)
        kafka.messages.reset_waits()
        end = drive(Polite(claim_id, self._tools.times.patience, fence), kafka.messages.execute)
        match end:
            case Took():
                logger.debug(
                    f"partition {holes.partition}: {holes.frontier.offset} to {holes.next_offset} are holes"
                )
            case Refused(rejection):
                logger.warning(f"can't step over holes of partition {holes.partition}: {rejection.reason}")

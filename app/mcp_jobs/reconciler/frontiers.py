"""Watches over the claim frontiers: raises alarms, commits first ones, restores lost ones."""

from collections.abc import Iterator

from loguru import logger

from mcp_jobs.core import alarms
from mcp_jobs.core.alarms import Alarm
from mcp_jobs.core.checkpoint import Begin, Missing, Restore, Unknown
from mcp_jobs.core.frontier import FirstFrontier, Present
from mcp_jobs.core.steady import Steady
from mcp_jobs.core.step import Refused, drive
from mcp_jobs.reconciler import meters
from mcp_jobs.reconciler.archive import Archive
from mcp_jobs.reconciler.look import Snapshot
from mcp_jobs.reconciler.ports import Kafka, Tools


class FrontierWatch:
    """The frontiers of one workload."""

    def __init__(self, workload: str, archive: Archive, tools: Tools) -> None:
        self._workload = workload
        self._archive = archive
        self._tools = tools
        self._topic_id = ""
        self._before: dict[int, int] = {}
        self._missing: Steady[int, str] = Steady()

    def tend(self, kafka: Kafka, seen: Snapshot) -> None:
        """Say what is wrong, and put right what can be without a guess."""
        self._recall(seen.topic_id)
        found = list(self._dangers(seen))
        found += self._complete(kafka, seen)
        for alarm in found:
            self._tools.metrics.add(meters.FRONTIER_ALARMS, workload=self._workload, reason=alarm.reason)
            self._tools.notices.begin(_key(alarm), alarm.sentence)
        self._tools.notices.only("frontier/", {_key(alarm) for alarm in found})
        for partition, committed in seen.frontiers.committed:
            self._before[partition] = max(self._before.get(partition, 0), committed.offset)

    def _recall(self, topic_id: str) -> None:
        """The highest frontiers there were; a new leader goes by what the one before it kept."""
        if topic_id != self._topic_id:
            self._topic_id, self._before = topic_id, {}
        kept = self._archive.checkpoint if not self._before and self._archive.open() else None
        if kept and kept.topic_id == topic_id:
            self._before = dict(kept.frontiers)

    def _dangers(self, seen: Snapshot) -> Iterator[Alarm]:
        frontiers = alarms.Frontiers(
            group=seen.group,
            topic_id=seen.topic_id,
            state=seen.state,
            committed=seen.frontiers,
            ends=seen.ends,
            claimed=seen.claimed,
            before=self._before,
        )
        return frontiers.alarms()

    def _complete(self, kafka: Kafka, seen: Snapshot) -> Iterator[Alarm]:
        """See to the partitions without a frontier."""
        if not self._archive.open():
            return
        plan = Missing(
            topic_id=seen.topic_id,
            frontiers=seen.frontiers,
            ends=seen.ends,
            claimed=seen.claimed,
            checkpoint=self._archive.checkpoint,
        ).plan()
        self._missing.keep([step.partition for step in plan])
        for step in plan:
            match step:
                case Unknown(partition, why):
                    yield alarms.missing(seen.group, partition, why)
                case Restore(partition):
                    yield from self._restore(kafka, seen.group, step)
                case Begin(partition):
                    self._commit(kafka, seen.group, step)

    def _restore(self, kafka: Kafka, group: str, step: Restore) -> Iterator[Alarm]:
        """Only what stays missing is restored, so that one odd answer of Kafka is not enough."""
        missing_for = self._missing.seconds(step.partition, "", self._tools.clock.now())
        if missing_for < self._tools.times.missing:
            yield alarms.missing(group, step.partition, f"it is restored to {step.put.offset} in a moment")
        else:
            self._commit(kafka, group, step)

    def _commit(self, kafka: Kafka, group: str, step: Begin | Restore) -> None:
        kafka.messages.reset_waits()
        end = drive(FirstFrontier(group, step.partition, step.put).start(), kafka.messages.execute)
        where = f"partition {step.partition} of {group}"
        match end:
            case Present(committed, True):
                what = "begins at" if isinstance(step, Begin) else "was missing, and is restored to"
                logger.warning(f"the committed offset of {where} {what} {committed.offset}")
            case Refused(rejection):
                logger.warning(f"no offset can be committed for {where}: {rejection.reason}")


def _key(alarm: Alarm) -> str:
    return f"frontier/{alarm.reason}/{alarm.partition}"

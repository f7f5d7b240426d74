"""Writes frontiers and claim entries anew before they expire, some at each sweep."""

from loguru import logger

from mcp_jobs.core import names
from mcp_jobs.core.entry import Scope
from mcp_jobs.core.keepalive import Rewrite
from mcp_jobs.core.step import GaveUp, Refused, drive
from mcp_jobs.reconciler.archive import Archive
from mcp_jobs.reconciler.look import Snapshot
from mcp_jobs.reconciler.ports import Kafka, Tools

#: offsets that are written at each sweep
_AT_ONCE = 100


class KeepAlive:
    """One round takes every offset that is needed; the archive remembers when the last one began."""

    def __init__(self, archive: Archive, scope: Scope, tools: Tools) -> None:
        self._archive = archive
        self._scope = scope
        self._tools = tools
        self._todo: list[Rewrite] = []
        self._began = 0

    def go_on(self, kafka: Kafka, seen: Snapshot) -> None:
        """Begin a round if it is time, and go on with the one that is under way."""
        if not self._todo:
            if not self._archive.keep_alive_due():
                return
            self._began = self._tools.clock.milliseconds()
            self._todo = self._all(seen)
        for _ in range(min(_AT_ONCE, len(self._todo))):
            rewrite = self._todo.pop()
            if not self._rewrite(kafka, rewrite):
                self._todo.insert(0, rewrite)  # the next sweep begins with another one
                return
        if not self._todo:
            self._archive.kept_alive(self._began)

    def _all(self, seen: Snapshot) -> list[Rewrite]:
        """Settled entries may expire: they are memory that nobody needs by then."""
        patience = self._tools.times.patience
        frontiers = [
            Rewrite(names.claim_id(seen.group, partition), seen.group, partition, patience)
            for partition, _ in seen.frontiers.committed
        ]
        entries = [
            Rewrite(names.settle_id(seen.group, e.slot), names.claim_group(seen.group, uid), p, patience)
            for uid, held in seen.held(self._scope).items()
            for p, e in held
        ]
        return frontiers + entries

    def _rewrite(self, kafka: Kafka, rewrite: Rewrite) -> bool:
        """Whether this is over and done with."""
        kafka.messages.reset_waits()
        match drive(rewrite.start(), kafka.messages.execute):
            case GaveUp():
                return False
            case Refused(rejection):
                where = f"partition {rewrite.partition} of {rewrite.group}"
                logger.warning(f"the offset of {where} can't be kept alive: {rejection.reason}")
        return True

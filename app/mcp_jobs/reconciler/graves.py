"""Deletes the claim groups that are nothing but memory any more (rule R4)."""

from collections.abc import Mapping

from mcp_jobs.core import names
from mcp_jobs.core.checkpoint import Checkpoint
from mcp_jobs.core.death import JobView
from mcp_jobs.core.entry import Scope
from mcp_jobs.core.reconcile import JobState, forgettable
from mcp_jobs.core.requests import Offsets
from mcp_jobs.core.steady import Steady
from mcp_jobs.reconciler.look import Snapshot
from mcp_jobs.reconciler.ports import Kafka, Tools


class Graves:
    """The settled groups of one workload, and since when each has been as it is."""

    def __init__(self, scope: Scope, tools: Tools) -> None:
        self._scope = scope
        self._tools = tools
        self._settled: Steady[str, Offsets] = Steady()

    def clear(
        self, kafka: Kafka, seen: Snapshot, jobs: Mapping[str, JobView], kept: Checkpoint | None
    ) -> bool:
        """Delete what may go; whether something waits for the checkpoint. Raises ProtocolError.

        The group goes only when the checkpoint covers its claims: whatever was claimed is in one of the
        two, so that a lost frontier can always be restored.
        """
        now = self._tools.clock.now()
        settled = {uid: o for uid, o in seen.claims.items() if self._is_over(uid, o, jobs)}
        self._settled.keep(settled)
        due = [
            uid
            for uid, o in settled.items()
            if self._settled.seconds(uid, o, now) >= self._tools.times.group_grace
        ]
        known = kept if kept and kept.topic_id == seen.topic_id else None
        covered = [uid for uid in due if known and known.covers(settled[uid])]
        kafka.groups.delete([names.claim_group(seen.group, uid) for uid in covered])
        return len(covered) < len(due)

    def _is_over(self, uid: str, offsets: Offsets, jobs: Mapping[str, JobView]) -> bool:
        """A Job that is not over may still start a pod, which is to find its memory."""
        active = uid in jobs and jobs[uid].state is JobState.ACTIVE
        return not active and forgettable(offsets, self._scope)

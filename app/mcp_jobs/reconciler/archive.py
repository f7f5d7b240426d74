"""One workload's checkpoint: read once, written when it is time."""

from collections.abc import Mapping
from dataclasses import replace

from mcp_jobs.core.checkpoint import Checkpoint
from mcp_jobs.core.errors import McpJobsError
from mcp_jobs.reconciler.ports import Checkpoints, Tools

#: seconds until an API server that did not answer is asked again
_RETRY_SECONDS = 5.0


class Archive:
    """What is kept outside of Kafka. `checkpoint` is None where there is none, or none could be read yet."""

    def __init__(self, workload: str, checkpoints: Checkpoints, tools: Tools) -> None:
        self.checkpoint: Checkpoint | None = None
        self._workload = workload
        self._checkpoints = checkpoints
        self._tools = tools
        self._read = False
        self._retry_at = float("-inf")

    def open(self) -> bool:
        """Read it unless it is read; whether it is."""
        if self._read or self._tools.clock.now() < self._retry_at:
            return self._read
        try:
            found = self._checkpoints.load(self._workload)
        except McpJobsError as error:
            self._retry_at = self._tools.clock.now() + _RETRY_SECONDS
            self._tools.notices.begin("checkpoint", f"the frontier checkpoint can't be read: {error}")
            return False
        if found is None and self.checkpoint:  # deleted meanwhile: what is remembered is to be written again
            found = replace(self.checkpoint, saved=0)
        self.checkpoint = found
        self._read = True
        self._tools.notices.end("checkpoint")
        return True

    def keep(
        self, topic_id: str, partitions: int, frontiers: Mapping[int, int], *, wanted: bool = False
    ) -> None:
        """Write it if it is time. `wanted`: somebody waits for newer frontiers to be kept."""
        if not self.open() or not frontiers:
            return
        now = self._tools.clock.milliseconds()
        before = self.checkpoint
        first = Checkpoint(topic_id=topic_id, partitions=partitions, frontiers=dict(frontiers), saved=now)
        after = before.after(topic_id, frontiers, now) if before else first
        if before is None or self._due(before, after, wanted=wanted):
            self._write(after)

    def _due(self, before: Checkpoint, after: Checkpoint, *, wanted: bool) -> bool:
        if (before.topic_id, before.partitions) != (after.topic_id, after.partitions):
            return True
        seconds = (after.saved - before.saved) / 1000
        soon = wanted and before.frontiers != after.frontiers and seconds >= self._tools.times.checkpoint_soon
        return soon or seconds >= self._tools.times.checkpoint or seconds < 0

    def keep_alive_due(self) -> bool:
        """Whether the offsets were last written anew too long ago, or in a future that is not ours."""
        if not self.open() or self.checkpoint is None:
            return False
        seconds = (self._tools.clock.milliseconds() - self.checkpoint.kept_alive) / 1000
        return seconds >= self._tools.times.keep_alive or seconds < 0

    def kept_alive(self, since: int) -> None:
        """Every offset was written anew since then (milliseconds since the epoch)."""
        if self.open() and self.checkpoint:
            self._write(replace(self.checkpoint, kept_alive=since))

    def _write(self, checkpoint: Checkpoint) -> None:
        try:
            if self._checkpoints.save(self._workload, checkpoint):
                self.checkpoint = checkpoint
            else:  # another leader wrote it
                self._read = False
                return
            self._tools.notices.end("checkpoint")
        except McpJobsError as error:
            self._tools.notices.begin("checkpoint", f"the frontier checkpoint can't be written: {error}")

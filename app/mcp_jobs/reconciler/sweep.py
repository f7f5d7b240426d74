"""The reconciler of one workload: look at Kafka, then at Kubernetes, then settle."""

from collections.abc import Callable

from mcp_jobs.core.reconcile import Fates, JobState
from mcp_jobs.core.surplus import Surplus
from mcp_jobs.reconciler import meters
from mcp_jobs.reconciler.archive import Archive
from mcp_jobs.reconciler.backlog import Backlog
from mcp_jobs.reconciler.deaths import Cluster, Deaths
from mcp_jobs.reconciler.frontiers import FrontierWatch
from mcp_jobs.reconciler.graves import Graves
from mcp_jobs.reconciler.keep_alive import KeepAlive
from mcp_jobs.reconciler.look import Snapshot, look
from mcp_jobs.reconciler.outcomes import OutcomeCount
from mcp_jobs.reconciler.ports import Checkpoints, Jobs, Kafka, Tools
from mcp_jobs.reconciler.workload import Workload


class Sweep:
    """One workload. Nothing here counts for the truth but what Kafka and Kubernetes say at each sweep.

    A sweep is look() and, after Kubernetes was asked, settle(): a claim can only exist after its Job did, so
    a Job that is not shown after its claim was seen is gone.
    """

    def __init__(
        self,
        workload: Workload,
        jobs: Jobs,
        checkpoints: Checkpoints,
        fates: Callable[[], Fates],
        tools: Tools,
    ) -> None:
        self.workload = workload
        self._tools = tools
        self._archive = Archive(workload.name, checkpoints, tools)
        self._frontiers = FrontierWatch(workload.name, self._archive, tools)
        self._keep_alive = KeepAlive(self._archive, workload.scope, tools)
        self._backlog = Backlog(workload, tools)
        self._outcomes = OutcomeCount(workload, tools)
        self._deaths = Deaths(workload, jobs, fates, tools)
        self._graves = Graves(workload.scope, tools)
        self._surplus = Surplus()

    def look(self, kafka: Kafka) -> Snapshot:
        """See what Kafka has, and do what needs no Kubernetes. Raises McpJobsError."""
        seen = look(kafka, self.workload.group, self._tools.notices)
        self._frontiers.tend(kafka, seen)
        self._backlog.measure(kafka, seen)
        self._keep_alive.go_on(kafka, seen)
        now = self._tools.clock.milliseconds() / 1000
        self._tools.metrics.set(meters.LAST_LOOK, now, workload=self.workload.name)
        return seen

    def count(self, kafka: Kafka) -> None:
        """Count the outcomes that are new. Raises McpJobsError."""
        self._outcomes.go_on(kafka)

    def settle(self, kafka: Kafka, seen: Snapshot, cluster: Cluster) -> None:
        """Settle what dead Jobs left, given what Kubernetes showed after `seen`. Raises McpJobsError."""
        self._deaths.settle(kafka, seen, cluster)
        self._count_surplus(seen, cluster)
        waits = self._graves.clear(kafka, seen, cluster.jobs, self._archive.checkpoint)
        frontiers = {partition: c.offset for partition, c in seen.frontiers.committed}
        self._archive.keep(seen.topic_id, len(seen.ends.ends), frontiers, wanted=waits)

    def _count_surplus(self, seen: Snapshot, cluster: Cluster) -> None:
        name = self.workload.name
        complete = [
            uid
            for uid, job in cluster.jobs.items()
            if job.workload == name and job.state is JobState.COMPLETE
        ]
        count = self._surplus.look(complete, seen.claims.keys())
        if count:
            self._tools.metrics.add(meters.SURPLUS_RUNS, count, workload=name)

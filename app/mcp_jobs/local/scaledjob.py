"""A ScaledJob: Jobs made from the lag of a topic, as KEDA does it."""

from collections.abc import Callable

from mcp_jobs.core.keda import Scaling, jobs_to_create
from mcp_jobs.local.job import Child, Job, JobTemplate, Pod


class ScaledJob:
    """The Jobs of one topic. `jobs` are the unfinished ones, `created` the uids of all there ever were."""

    def __init__(self, scaling: Scaling, template: JobTemplate, launch: Callable[[Pod], Child]) -> None:
        self.scaling = scaling
        self.template = template
        self.jobs: list[Job] = []
        self.created: set[str] = set()
        self._launch = launch

    @property
    def pending(self) -> int:
        """How many Jobs have not shown a claim."""
        return sum(job.pending for job in self.jobs)

    def watch(self, now: float) -> list[Job]:
        """See to every Job, and return those that have finished since."""
        for job in self.jobs:
            job.watch(now)
        finished = [job for job in self.jobs if not job.unfinished]
        self.jobs = [job for job in self.jobs if job.unfinished]
        return finished

    def poll(self, lag: Callable[[], int | None], now: float) -> None:
        """Create the Jobs that are wanted now; none where the lag can't be read.

        The Jobs are counted before the lag is read. KEDA does it the other way round and relies on the
        kubelet being slow to see a claim: one made in between would count as neither, and one Job too many
        would start.
        """
        running, pending = len(self.jobs), self.pending
        found = lag()
        if found is None:
            return
        for _ in range(jobs_to_create(self.scaling, lag=found, running=running, pending=pending)):
            job = Job(self.template, self._launch, now=now)
            self.created.add(job.uid)
            self.jobs.append(job)

"""Finds the claims whose Job is over or gone, and has them settled (rule R5)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

from mcp_jobs.core.death import Death, JobView, PodView, death_of
from mcp_jobs.core.entry import Entry
from mcp_jobs.core.errors import ProtocolError
from mcp_jobs.core.outcome import Job
from mcp_jobs.core.reconcile import Fates, JobState
from mcp_jobs.core.settle import Holding
from mcp_jobs.core.steady import Steady
from mcp_jobs.reconciler import meters
from mcp_jobs.reconciler.look import Snapshot
from mcp_jobs.reconciler.ports import Jobs, Kafka, Tools
from mcp_jobs.reconciler.settler import Orphan, Settled, Settler, Tracing
from mcp_jobs.reconciler.workload import Workload

Entries = list[tuple[int, Entry]]
#: entries with open messages, with their partition, by the uid of their Job
Held = Mapping[str, Entries]

_NO_JOBS = "no-jobs"
#: Jobs that Kafka leaves without an answer in one sweep, until the rest waits for the next one
_MOST_STALLS = 2


@dataclass(frozen=True, slots=True)
class Cluster:
    """What Kubernetes shows: our Jobs by uid, and the pods that can't have their image by their Job's uid.

    The Jobs are those that are known, which may be behind: one that is missing is asked for.
    """

    jobs: Mapping[str, JobView]
    without_image: Mapping[str, PodView] = field(default_factory=dict)


class Deaths:
    """The dead Jobs of one workload. `fates` says what policy wants now."""

    def __init__(self, workload: Workload, jobs: Jobs, fates: Callable[[], Fates], tools: Tools) -> None:
        self._workload = workload
        self._jobs = jobs
        self._fates = fates
        self._tools = tools
        self._no_image: Steady[str, str] = Steady()
        self._no_jobs: Steady[str, bool] = Steady()
        self._stalled: set[str] = set()

    def settle(self, kafka: Kafka, seen: Snapshot, cluster: Cluster) -> None:
        """Settle what dead Jobs left claimed. Raises McpJobsError: what is left is for the next sweep."""
        held, late = seen.held(self._workload.scope), self._without_image(cluster)
        dead = sorted(self._dead(held, cluster, late), key=lambda view: view.uid in self._stalled)
        left = {view.uid: sum(len(e.open_offsets) for _, e in held[view.uid]) for view in dead}
        self._show(left)
        self._stalled = set()
        for view in dead:
            if len(self._stalled) >= _MOST_STALLS:
                break
            settled = self._settle(kafka, view, held[view.uid], self._death(view, late))
            left[view.uid] -= sum(each.done for each in settled)
            if Settled.NO_ANSWER in settled:
                self._stalled.add(view.uid)  # the next sweep begins with the others
        self._show(left)
        self._tools.notices.only("orphan/", {f"orphan/{uid}" for uid, count in left.items() if count})

    def _show(self, left: Mapping[str, int]) -> None:
        self._tools.metrics.set(meters.ORPHANS, sum(left.values()), workload=self._workload.name)

    def _dead(self, held: Held, cluster: Cluster, late: Mapping[str, PodView]) -> Iterator[JobView]:
        """The Jobs that will not finish their claim."""
        if self._is_believable(cluster, len(held)):
            listed = cache(self._jobs.all)
            for uid, entries in held.items():
                view = self._view(uid, entries[0][1].job, cluster, listed)
                if view and (view.state is not JobState.ACTIVE or uid in late):
                    yield view

    def _is_believable(self, cluster: Cluster, claims: int) -> bool:
        """That there is no Job at all is believed only when it has been so for a while."""
        notices, times = self._tools.notices, self._tools.times
        if cluster.jobs or not claims:
            self._no_jobs.keep(())
            notices.end(_NO_JOBS)
            return True
        notices.begin(
            _NO_JOBS,
            f"Kubernetes shows no Job of ours, but there are claims of {claims}: they are settled if that is"
            f" still so in {times.no_jobs:g} s",
        )
        return self._no_jobs.seconds(_NO_JOBS, True, self._tools.clock.now()) >= times.no_jobs

    def _without_image(self, cluster: Cluster) -> dict[str, PodView]:
        """The pods that have waited for their image too long, by our own clock, by the uid of their Job."""
        mine = {
            uid: pod
            for uid, pod in cluster.without_image.items()
            if uid in cluster.jobs and cluster.jobs[uid].workload == self._workload.name
        }
        now, limit = self._tools.clock.now(), self._tools.times.image_pull
        self._no_image.keep(mine)
        late = {uid: pod for uid, pod in mine.items() if self._no_image.seconds(uid, "", now) >= limit}
        for uid, pod in late.items():
            self._tools.notices.begin(f"image/{uid}", death_of(cluster.jobs[uid], [pod]).text)
        self._tools.notices.only("image/", {f"image/{uid}" for uid in late})
        return late

    def _view(
        self, uid: str, name: str, cluster: Cluster, listed: Callable[[], Mapping[str, JobView]]
    ) -> JobView | None:
        """The Job that has a claim; None where it can't be told whether it is gone."""
        if view := cluster.jobs.get(uid):
            return view
        if not name:
            jobs = listed()
            return jobs.get(uid, JobView(uid=uid, name=uid, state=JobState.GONE)) if jobs else None
        view = self._jobs.named(name)  # it is found even where its label is gone
        return view if view and view.uid == uid else JobView(uid=uid, name=name, state=JobState.GONE)

    def _death(self, view: JobView, late: Mapping[str, PodView]) -> Death:
        match view.state:
            case JobState.ACTIVE:
                return death_of(view, [late[view.uid]])
            case JobState.FAILED:
                return death_of(view, self._jobs.pods_of(view.uid))
        return death_of(view)

    def _settle(self, kafka: Kafka, view: JobView, entries: Entries, death: Death) -> list[Settled]:
        """Settle the entries of one Job; what became of each message that was tried."""
        settler = Settler(
            kafka.messages,
            self._workload.topics,
            max_attempts=self._workload.max_attempts,
            patience=self._tools.times.patience,
            tracing=Tracing(self._tools.spans, kafka.topic_id) if self._tools.spans else None,
        )
        done: list[Settled] = []
        for partition, entry in entries:
            try:
                for settled in settler.settle(self._orphan(view, partition, entry, death)):
                    self._count(settled, death)
                    done.append(settled)
            except ProtocolError as error:  # it must not hold up the others
                self._tools.notices.begin(f"orphan/{view.uid}", str(error))
        return done

    def _orphan(self, view: JobView, partition: int, entry: Entry, death: Death) -> Orphan:
        now = self._tools.clock.milliseconds()
        return Orphan(
            holding=Holding(self._workload.group, view.uid, partition, entry),
            job=Job(name=view.name, uid=view.uid, pod=entry.holder.rpartition("/")[0]),
            failure=death.failure(),
            started=view.started or view.ended or now,
            ended=view.ended or now,
            fate=self._fates().of(view.state),
        )

    def _count(self, settled: Settled, death: Death) -> None:
        if settled.done:
            self._tools.metrics.add(
                meters.ORPHANS_SETTLED, workload=self._workload.name, reason=str(death.kind)
            )

"""What the reconciler reaches besides Kafka, in memory: Jobs, checkpoints, metrics, time."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from mcp_jobs.core.checkpoint import Checkpoint, from_json, to_json
from mcp_jobs.core.death import JobView, PodView
from mcp_jobs.core.errors import McpJobsError
from mcp_jobs.core.reconcile import JobState


class Unreachable(McpJobsError):
    """Raised where the API server would not answer."""


class Jobs:
    """Jobs as Kubernetes would show them. `down`: no answer.

    `hidden` are those that a list leaves out, `unseen` those that are not known yet although they are listed;
    `lists` counts the lists.
    """

    def __init__(self) -> None:
        self.views: dict[str, JobView] = {}
        self.pods: dict[str, list[PodView]] = {}
        self.hidden: set[str] = set()
        self.unseen: set[str] = set()
        self.lists = 0
        self.down = False

    def start(self, uid: str, workload: str = "w") -> str:
        """A Job begins; its name."""
        name = f"job-{uid}"
        self.views[uid] = JobView(uid=uid, name=name, workload=workload)
        return name

    def end(self, uid: str, state: JobState, reason: str = "", *, pod: PodView | None = None) -> None:
        """A Job completes or fails."""
        self.views[uid] = replace(
            self.views[uid], state=state, reason=reason, started=1_700_000_000_000, ended=1_700_000_060_000
        )
        self.pods[uid] = [pod] if pod else []

    def delete(self, uid: str) -> None:
        """Somebody deletes a Job."""
        del self.views[uid]

    def known(self) -> Mapping[str, JobView]:
        return {uid: view for uid, view in self._listed().items() if uid not in self.unseen}

    def all(self) -> Mapping[str, JobView]:
        self.lists += 1
        return self._listed()

    def _listed(self) -> Mapping[str, JobView]:
        self._answer()
        return {view.uid: view for uid, view in self.views.items() if uid not in self.hidden}

    def named(self, name: str) -> JobView | None:
        self._answer()
        return next((view for view in self.views.values() if view.name == name), None)

    def pods_of(self, uid: str) -> Sequence[PodView]:
        self._answer()
        return self.pods.get(uid, [])

    def without_image(self) -> Mapping[str, PodView]:
        self._answer()
        return {uid: pod for uid, pods in self.pods.items() for pod in pods if pod.lacks_image}

    def _answer(self) -> None:
        if self.down:
            raise Unreachable("the API server is unreachable")


class Checkpoints:
    """A ConfigMap's worth of checkpoints."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        self.saves = 0
        self.down = False

    def load(self, workload: str) -> Checkpoint | None:
        if self.down:
            raise Unreachable("the API server is unreachable")
        text = self.kept.get(workload)
        return from_json(text) if text else None

    def save(self, workload: str, checkpoint: Checkpoint) -> bool:
        if self.down:
            raise Unreachable("the API server is unreachable")
        self.kept[workload] = to_json(checkpoint)
        self.saves += 1
        return True


class Metrics:
    """The numbers, by name and label values."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, ...]] = Counter()
        self.gauges: dict[tuple[str, ...], float] = {}
        self.observed: list[float] = []

    def add(self, name: str, amount: float = 1, /, **labels: str) -> None:
        self.counts[(name, *(labels[key] for key in sorted(labels)))] += int(amount)

    def set(self, name: str, value: float, /, **labels: str) -> None:
        self.gauges[(name, *(labels[key] for key in sorted(labels)))] = value

    def observe(self, name: str, value: float, trace_id: str = "", /, **labels: str) -> None:
        self.observed.append(value)

    def forget(self, name: str, /) -> None:
        self.gauges = {key: value for key, value in self.gauges.items() if key[0] != name}


class Time:
    """A clock that goes when it is told to; both clocks in one."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def now(self) -> float:
        return self.seconds

    def milliseconds(self) -> int:
        return 1_800_000_000_000 + int(self.seconds * 1000)

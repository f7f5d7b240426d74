"""Jobs and pods by numbers: ten thousand of them as they are would take too much memory and time."""

import time
from collections.abc import Callable

from bench.stand_in import Pod
from e2e.jobs import ended, label
from e2e.namespace import Namespace
from e2e.pods import is_ready
from e2e.watched import Object, Watched
from mcp_jobs.adapters.kubernetes.resource import Resource, jobs, pods
from mcp_jobs.core.job_object import MANAGED

_ACTIVE, _OVER = "active", "over"


class Counted(Watched):
    """Objects by state. `peak`: most at once that were in `wanted`; `first`: when one was seen first."""

    wanted = ""

    def __init__(self, namespace: Namespace, resource: Callable[[str], Resource], selector: str) -> None:
        self.states: dict[str, str] = {}
        self.counts: dict[str, int] = {}
        self.peak = 0
        self.first = 0.0
        #: how many there were at most -> since when; time.monotonic
        self.reached: dict[int, float] = {}
        super().__init__(namespace.cluster, resource(namespace.name), selector)

    def state(self, thing: Object) -> str:
        """What an object is counted as."""
        raise NotImplementedError

    def notice(self, thing: Object) -> None:
        """Count, and keep no more than the name."""
        uid = thing["metadata"]["uid"]
        self.first = self.first or time.monotonic()
        self.seen[uid] = {"metadata": {"name": thing["metadata"]["name"]}}
        new, old = _OVER if uid in self.deleted else self.state(thing), self.states.get(uid)
        if new != old:
            self.states[uid] = new
            self.counts[new] = self.counts.get(new, 0) + 1
            if old is not None:
                self.counts[old] -= 1
        if (now := self.counts.get(self.wanted, 0)) > self.peak:
            self.peak = now
            self.reached[now] = time.monotonic()

    def count(self, state: str) -> int:
        """How many are in a state."""
        return self.counts.get(state, 0)

    def __str__(self) -> str:
        return ", ".join(f"{count} {state}" for state, count in self.counts.items()) or "nothing"


class CountedJobs(Counted):
    """The Jobs of a namespace that are ours: `active` with a pod that has not ended, or `over`."""

    wanted = _ACTIVE

    def __init__(self, namespace: Namespace) -> None:
        super().__init__(namespace, jobs, f"{MANAGED}=true")

    def state(self, thing: Object) -> str:
        """Active: its controller says that it has a pod."""
        if ended(thing):
            return _OVER
        return _ACTIVE if thing.get("status", {}).get("active") else "new"

    @property
    def active(self) -> int:
        """How many are."""
        return self.count(_ACTIVE)

    @property
    def all_over(self) -> bool:
        """Whether none is left to end."""
        return self.count(_OVER) == len(self.seen)


class CountedPods(Counted):
    """The runners' pods. `started` is called once with each that has a node."""

    wanted = "ready"

    def __init__(self, namespace: Namespace, started: Callable[[Pod], None]) -> None:
        self._started = started
        super().__init__(namespace, pods, f"{MANAGED}=true")

    def state(self, thing: Object) -> str:
        """Ready: it has claimed."""
        if thing.get("status", {}).get("phase") in ("Succeeded", "Failed"):
            return _OVER
        if not thing["spec"].get("nodeName"):
            return "new"
        return "ready" if is_ready(thing) else "started"

    def notice(self, thing: Object) -> None:
        """Count, and tell of those that start."""
        uid = thing["metadata"]["uid"]
        before = self.states.get(uid, "new")
        super().notice(thing)
        if before == "new" and self.states[uid] in ("started", "ready"):
            job = "batch.kubernetes.io/job-name"
            uid_of_job = label(thing, "batch.kubernetes.io/controller-uid")
            self._started(Pod(thing["metadata"]["name"], label(thing, job), uid_of_job))

"""The Jobs of a release and their pods, as the API server has them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from mcp_jobs.adapters.kubernetes.client import Cluster
from mcp_jobs.adapters.kubernetes.errors import Conflict, Missing
from mcp_jobs.adapters.kubernetes.resource import jobs, pods
from mcp_jobs.core.death import JobView, PodView
from mcp_jobs.core.exits import Exit
from mcp_jobs.core.job_object import MANAGED, WORKLOAD
from mcp_jobs.core.last_words import last_words
from mcp_jobs.core.reconcile import JobState

_OURS = f"{MANAGED}=true"
_CONTROLLER = "batch.kubernetes.io/controller-uid"
_JOB_NAME = "batch.kubernetes.io/job-name"
_RUNNER, _SERVERS = "runner", "servers"
#: a container that waits for one of these is on its way
_STARTING = ("ContainerCreating", "PodInitializing")
#: characters of a container's last words
_WORDS = 500

Json = Mapping[str, Any]
#: gives the Jobs that a watch has seen, by uid; None while it is not in step
Watched = Callable[[], Mapping[str, JobView] | None]


class KubernetesJobs:
    """Our Jobs in one namespace. Every method raises ClusterError where the API server does not answer it."""

    def __init__(self, cluster: Cluster, namespace: str, watched: Watched = lambda: None) -> None:
        self._cluster = cluster
        self._jobs = jobs(namespace)
        self._pods = pods(namespace)
        self._watched = watched

    def known(self) -> Mapping[str, JobView]:
        """Our Jobs by uid, as they were a moment ago: thousands of them are not listed again and again."""
        watched = self._watched()
        return self.all() if watched is None else watched

    def all(self) -> dict[str, JobView]:
        """Every Job of ours, by uid. A consistent read: no resource version is asked for."""
        pages = self._cluster.pages(self._jobs, labelSelector=_OURS)
        views = (job_view(item) for page in pages for item in page["items"])
        return {view.uid: view for view in views}

    def named(self, name: str) -> JobView | None:
        """The Job with this name, whatever its labels; None where the API server knows of none."""
        try:
            return job_view(self._cluster.read(self._jobs, name))
        except Missing as error:
            # anything between us and the API server can answer 404, but not in these words
            if f'jobs.batch "{name}" not found' in str(error):
                return None
            raise

    def pods_of(self, uid: str) -> Sequence[PodView]:
        """The pods of a Job that are left."""
        pages = self._cluster.pages(self._pods, labelSelector=f"{_CONTROLLER}={uid}")
        return [pod_view(item) for page in pages for item in page["items"]]

    def delete(self, name: str, uid: str) -> bool:
        """Delete a Job with its pods; False where that very Job is gone already."""
        try:
            self._cluster.delete(self._jobs, name, uid=uid, propagationPolicy="Background")
        except (Conflict, Missing):
            return False
        return True

    def without_image(self) -> Mapping[str, PodView]:
        """The pods that can't have their image, by the uid of their Job. Only on a node they ask for it."""
        query = {"labelSelector": _OURS, "fieldSelector": "status.phase=Pending,spec.nodeName!="}
        found = {}
        for item in (item for page in self._cluster.pages(self._pods, **query) for item in page["items"]):
            view = pod_view(item)
            if view.lacks_image:
                found[str(item["metadata"].get("labels", {}).get(_CONTROLLER, ""))] = view
        return found


def job_view(job: Json) -> JobView:
    """A Job's JSON as the reconciler judges it."""
    metadata, status = job["metadata"], job.get("status", {})
    conditions = {c["type"]: c for c in _items(status, "conditions") if c.get("status") == "True"}
    ended: Json = conditions.get("Failed") or conditions.get("Complete") or {}
    return JobView(
        uid=metadata["uid"],
        name=metadata["name"],
        workload=metadata.get("labels", {}).get(WORKLOAD, ""),
        state=_state(conditions),
        suspended=bool(job.get("spec", {}).get("suspend")),
        reason=ended.get("reason", ""),
        message=ended.get("message", ""),
        started=milliseconds(status.get("startTime")),
        ended=milliseconds(ended.get("lastTransitionTime")),
    )


def _state(conditions: Mapping[str, Json]) -> JobState:
    """FailureTarget and SuccessCriteriaMet are not the end: pods of the Job may still be at work."""
    if "Failed" in conditions:
        return JobState.FAILED
    return JobState.COMPLETE if "Complete" in conditions else JobState.ACTIVE


def pod_view(pod: Json) -> PodView:
    """A pod's JSON as the reconciler judges it."""
    metadata, status = pod["metadata"], pod.get("status", {})
    conditions = {c["type"]: c for c in _items(status, "conditions")}
    container = _container(pod)
    state = container.get("state", {})
    waiting, terminated = state.get("waiting", {}), state.get("terminated", {})
    disrupted, scheduled = conditions.get("DisruptionTarget", {}), conditions.get("PodScheduled", {})
    name = container.get("name", _RUNNER)
    spec = _named(_items(pod.get("spec", {}), "containers"), name)
    return PodView(
        name=metadata["name"],
        container=name,
        job=metadata.get("labels", {}).get(_JOB_NAME, ""),
        created=milliseconds(metadata.get("creationTimestamp")) or 0,
        reason=status.get("reason", ""),
        message=status.get("message", "") or disrupted.get("message", ""),
        disruption=disrupted.get("reason", "") if disrupted.get("status") == "True" else "",
        unschedulable=scheduled.get("message", "") if scheduled.get("status") == "False" else "",
        waiting=waiting.get("reason", ""),
        waiting_message=waiting.get("message", ""),
        running_since=milliseconds(state.get("running", {}).get("startedAt")),
        terminated=terminated.get("reason", ""),
        exit_code=terminated.get("exitCode"),
        last_words=last_words(terminated.get("message", ""))[:_WORDS],
        image=container.get("image", "") or spec.get("image", ""),
        memory_limit=str(spec.get("resources", {}).get("limits", {}).get("memory", "")),
    )


def _container(pod: Json) -> Json:
    """The status of the container that tells why the pod is as it is.

    An init container that holds the others up; the servers' where it failed and the runner with it; else the
    runner's.
    """
    status = pod.get("status", {})
    for container in _items(status, "initContainerStatuses"):
        if container.get("state", {}).get("waiting") or _failed(container):
            return container
    containers = _items(status, "containerStatuses")
    runner, servers = _named(containers, _RUNNER), _named(containers, _SERVERS)
    code = runner.get("state", {}).get("terminated", {}).get("exitCode")
    return servers if _failed(servers) and code in (None, Exit.RETRY) else runner


def _failed(container: Json) -> bool:
    """Whether a container has come to a bad end, or can't start."""
    state = container.get("state", {})
    waiting, terminated = state.get("waiting", {}), state.get("terminated", {})
    stuck = waiting.get("reason", _STARTING[0]) not in _STARTING
    return stuck or terminated.get("exitCode", 0) != 0 or terminated.get("reason") == "OOMKilled"


def _named(containers: Sequence[Json], name: str) -> Json:
    return next((c for c in containers if c.get("name") == name), {})


def _items(parent: Json, key: str) -> Sequence[Json]:
    return parent.get(key) or ()


def milliseconds(moment: str | None) -> int | None:
    """A time of the API server (RFC 3339) as milliseconds since the epoch."""
    if not moment:
        return None
    return int(datetime.fromisoformat(moment).timestamp() * 1000)

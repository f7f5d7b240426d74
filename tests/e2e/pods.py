"""The pods of a namespace as the API server shows them."""

from e2e.namespace import Namespace
from e2e.watched import Object, Watched
from mcp_jobs.adapters.kubernetes.resource import pods

_JOB = "batch.kubernetes.io/controller-uid"


class Pods(Watched):
    """Every pod there was."""

    def __init__(self, namespace: Namespace) -> None:
        super().__init__(namespace.cluster, pods(namespace.name))

    def of_job(self, uid: str) -> list[Object]:
        """Every pod there was of a Job, the first one first."""
        mine = (pod for pod in list(self.seen.values()) if pod["metadata"].get("labels", {}).get(_JOB) == uid)
        return sorted(mine, key=lambda pod: pod["metadata"]["creationTimestamp"])

    def of_component(self, component: str) -> list[Object]:
        """The pods that are there of one component of the chart."""
        name = "app.kubernetes.io/component"
        return [pod for pod in self.there() if pod["metadata"].get("labels", {}).get(name) == component]

    def running(self, component: str) -> list[str]:
        """Names of the pods of a component that have not ended."""
        return [
            pod["metadata"]["name"]
            for pod in self.of_component(component)
            if pod.get("status", {}).get("phase") in (None, "Pending", "Running")
        ]

    def __str__(self) -> str:
        return ", ".join(f"{pod['metadata']['name']} ({state(pod)})" for pod in self.there()) or "no pod"


def state(pod: Object) -> str:
    """A pod's phase, and what its containers wait for or ended with."""
    status = pod.get("status", {})
    states = (each for c in status.get("containerStatuses", ()) for each in c["state"].values())
    return " ".join([status.get("phase", "new"), *(each["reason"] for each in states if "reason" in each)])


def is_ready(pod: Object) -> bool:
    """Whether its condition Ready is true: of a runner's pod, that it has claimed."""
    conditions = pod.get("status", {}).get("conditions", ())
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)

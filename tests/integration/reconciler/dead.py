"""A Job whose pod ended badly, as the kubelet and the Job controller would write it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from integration.kubernetes.api import Api
from integration.kubernetes.objects import NAMESPACE, Object
from mcp_jobs.adapters.kubernetes.resource import pods

_PODS = pods(NAMESPACE)


@contextmanager
def killed(api: Api, job: Object, reason: str) -> Iterator[None]:
    """The Job's only pod ends for this reason, and the Job fails. The pod is deleted afterwards."""
    name = f"{job['metadata']['name']}-x"
    container = {"name": "runner", "image": "i", "resources": {"limits": {"memory": "64Mi"}}}
    labels = {"batch.kubernetes.io/controller-uid": job["metadata"]["uid"]}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": labels},
        "spec": {"containers": [container], "restartPolicy": "Never"},
    }
    api.apply(_PODS.path(), pod)
    try:
        ended = {"reason": reason, "exitCode": 137}
        status = {"name": "runner", "state": {"terminated": ended}, "ready": False, "restartCount": 0}
        statuses = [{**status, "image": "i", "imageID": ""}]
        api.cluster.patch(
            _PODS, f"{name}/status", {"status": {"phase": "Failed", "containerStatuses": statuses}}
        )
        api.patch(job["metadata"]["name"], {"status": _failed()}, part="/status")
        yield
    finally:
        api.delete(_PODS.path(name) + "?gracePeriodSeconds=0")


def _failed() -> Object:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    failed = {"status": "True", "reason": "BackoffLimitExceeded", "lastTransitionTime": now}
    conditions = [{"type": kind, **failed} for kind in ("FailureTarget", "Failed")]
    counts = {"failed": 1, "terminating": 0, "uncountedTerminatedPods": {}}
    return {"startTime": now, "conditions": conditions, **counts}

"""Jobs and reviews as the API server sends them."""

import json
from collections.abc import Mapping
from typing import Any

from mcp_jobs.core.job_object import JobObject, read_job

Tree = dict[str, Any]

NUMBERS = {
    "ttlSecondsAfterFinished": 600,
    "activeDeadlineSeconds": 600,
    "backoffLimit": 2,
    "parallelism": 1,
    "completions": 1,
}


def tree(
    uid: str = "uid-1",
    *,
    owner: str = "default/acme",
    mark: str = "mark-1",
    version: int = 0,
    status: Mapping[str, Any] | None = None,
    image: str = "registry.example.com/runner:1",
    **spec: Any,
) -> Tree:
    """A Job within the limits of the default policy; `owner` is workload/tenant.

    A spec field that is None is left out.
    """
    workload, _, tenant = owner.partition("/")
    numbers = {key: value for key, value in {**NUMBERS, **spec}.items() if value is not None}
    labels = {"mcp-jobs.io/managed": "true", "mcp-jobs.io/workload": workload, "mcp-jobs.io/tenant": tenant}
    return {
        "metadata": {
            "uid": uid,
            "name": f"job-{uid}",
            "labels": {key: value for key, value in labels.items() if value},
            "annotations": {"mcp-jobs.io/reservation": mark} if mark else {},
            **({"resourceVersion": str(version)} if version else {}),
        },
        "spec": {**numbers, "template": {"spec": {"containers": [{"name": "runner", "image": image}]}}},
        "status": status or {},
    }


def job(uid: str = "uid-1", **changes: Any) -> JobObject:
    """The same, read."""
    return read_job(tree(uid, **changes), "job")


def ended(kind: str = "Complete") -> Tree:
    """The status of a Job that is over."""
    return {
        "conditions": [{"type": "SuccessCriteriaMet", "status": "True"}, {"type": kind, "status": "True"}]
    }


def review(
    new: Tree | None = None, old: Tree | None = None, *, dry_run: bool = False, **request: Any
) -> bytes:
    """An AdmissionReview of a create, or of an update where there is an old Job."""
    return json.dumps(
        {
            "apiVersion": "admission.k8s.io/v1",
            "kind": "AdmissionReview",
            "request": {
                "uid": "review-1",
                "kind": {"group": "batch", "version": "v1", "kind": "Job"},
                "operation": "UPDATE" if old else "CREATE",
                "namespace": "mcp",
                "dryRun": dry_run,
                "object": tree() if new is None else new,
                "oldObject": old,
                **request,
            },
        }
    ).encode()

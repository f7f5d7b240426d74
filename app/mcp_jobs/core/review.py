"""AdmissionReview (admission.k8s.io/v1) in and out: the wire's shapes, no judgement."""

import base64
import json
from dataclasses import dataclass
from typing import Any, Literal

from mcp_jobs.core.errors import McpJobsError
from mcp_jobs.core.job_object import JobObject, JobObjectError, read_job
from mcp_jobs.core.verdict import Verdict

_API = {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview"}
_JOB = {"group": "batch", "version": "v1", "kind": "Job"}


class ReviewError(McpJobsError):
    """Raised when a request is no review that can be judged: the REQUEST is bad, not the Job."""


@dataclass(frozen=True, slots=True)
class Review:
    """One request of the API server. `old` is the Job before an UPDATE."""

    uid: str
    operation: Literal["CREATE", "UPDATE"]
    namespace: str
    dry_run: bool
    job: JobObject
    old: JobObject | None = None


def read_review(raw: bytes) -> Review:
    """Read a review strictly. Raises ReviewError."""
    try:
        tree = json.loads(raw)
    except ValueError as error:
        raise ReviewError(f"expected an AdmissionReview as JSON: {error}") from None
    except RecursionError:
        raise ReviewError("expected an AdmissionReview, found JSON that is nested too deep") from None
    if not isinstance(tree, dict) or {key: tree.get(key) for key in _API} != _API:
        raise ReviewError("expected an AdmissionReview of admission.k8s.io/v1")
    request = tree.get("request")
    if not isinstance(request, dict):
        raise ReviewError("request: expected an object")
    try:
        return _read_request(request)
    except JobObjectError as error:
        raise ReviewError(str(error)) from None


def _read_request(request: dict[str, Any]) -> Review:
    uid, operation, dry_run = request.get("uid"), request.get("operation"), request.get("dryRun", False)
    namespace = request.get("namespace")
    if not isinstance(uid, str) or not uid:
        raise ReviewError("request.uid: expected a non-empty string")
    if request.get("kind") != _JOB or request.get("subResource"):
        raise ReviewError("request.kind: expected a batch/v1 Job, and no subresource")
    if operation not in ("CREATE", "UPDATE"):
        raise ReviewError(f"request.operation: expected CREATE or UPDATE, found {operation!r:.40}")
    if not isinstance(namespace, str) or not namespace:
        raise ReviewError("request.namespace: expected a non-empty string")
    if not isinstance(dry_run, bool):
        raise ReviewError("request.dryRun: expected true or false")
    job = read_job(request.get("object"), "request.object")
    old = read_job(request.get("oldObject"), "request.oldObject") if operation == "UPDATE" else None
    return Review(uid=uid, operation=operation, namespace=namespace, dry_run=dry_run, job=job, old=old)


def write_answer(uid: str, verdict: Verdict) -> bytes:
    """The AdmissionReview that answers a request."""
    response: dict[str, Any] = {"uid": uid, "allowed": verdict.allowed}
    if not verdict.allowed:
        response["status"] = {"code": 403, "reason": "Forbidden", "message": verdict.sentence}
    if verdict.warnings:
        response["warnings"] = verdict.warnings
    if verdict.patch:
        response["patchType"] = "JSONPatch"
        response["patch"] = base64.b64encode(json.dumps(verdict.patch).encode()).decode()
    return json.dumps({**_API, "response": response}).encode()

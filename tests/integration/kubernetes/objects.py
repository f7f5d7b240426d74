"""Objects that tests create."""

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

NAMESPACE = "mcp"
RELEASE = "mcp-jobs"
HOST = f"{RELEASE}-admission.{NAMESPACE}.svc"

Object = dict[str, Any]


def namespace(name: str) -> Object:
    """A namespace."""
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def job(
    name: str = "",
    *,
    workload: str = "default",
    tenant: str = "",
    labels: Mapping[str, str] | None = None,
    image: str = "registry.example.com/mcp/runner:1",
    **spec: Any,
) -> Object:
    """A Job of ours. Without a name, the API server makes one up."""
    marks = {"mcp-jobs.io/managed": "true", "mcp-jobs.io/workload": workload}
    if tenant:
        marks["mcp-jobs.io/tenant"] = tenant
    container = {"name": "runner", "image": image}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            **({"name": name} if name else {"generateName": "job-"}),
            "labels": {**marks, **(labels or {})},
        },
        "spec": {**spec, "template": {"spec": {"restartPolicy": "Never", "containers": [container]}}},
    }


def webhooks(kind: str, path: str, operations: list[str], port: int, authority: Path) -> Object:
    """A webhook configuration as the chart writes it, with an address instead of a Service."""
    stem = path.strip("/")
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": kind,
        "metadata": {"name": RELEASE},
        "webhooks": [
            {
                "name": f"{stem}.mcp-jobs.io",
                "admissionReviewVersions": ["v1"],
                "clientConfig": {
                    "url": f"https://127.0.0.1:{port}{path}",
                    "caBundle": base64.b64encode(authority.read_bytes()).decode(),
                },
                "failurePolicy": "Fail",
                "matchPolicy": "Equivalent",
                "sideEffects": "NoneOnDryRun",
                "timeoutSeconds": 5,
                "objectSelector": {"matchLabels": {"mcp-jobs.io/managed": "true"}},
                "rules": [
                    {
                        "apiGroups": ["batch"],
                        "apiVersions": ["v1"],
                        "resources": ["jobs"],
                        "operations": operations,
                        "scope": "Namespaced",
                    }
                ],
            }
        ],
    }


def role_of_the_chart() -> Object:
    """The helper's Role: charts/mcp-jobs/templates/admission/rbac.yaml."""
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": {"name": "admission"},
        "rules": [
            _rule("batch", "jobs", "get", "list", "watch"),
            _rule("coordination.k8s.io", "leases", "create"),
            {
                **_rule("coordination.k8s.io", "leases", "get", "update", "patch"),
                "resourceNames": [f"{RELEASE}-leader"],
            },
        ],
    }


def role_binding(user: str) -> Object:
    """The user has the Role."""
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": user},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "admission"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}],
    }


def _rule(group: str, resource: str, *verbs: str) -> Object:
    return {"apiGroups": [group], "resources": [resource], "verbs": list(verbs)}

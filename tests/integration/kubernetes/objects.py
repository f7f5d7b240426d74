"""Objects that tests create."""

import base64
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from chart.render import NAMESPACE, Object, render

__all__ = ["HOST", "NAMESPACE", "RELEASE", "Object", "job", "namespace", "webhook"]

RELEASE = "mcp-jobs"
HOST = f"{RELEASE}-admission.{NAMESPACE}.svc"


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


def webhook(kind: str, port: int, authority: Path) -> Object:
    """The chart's webhook configuration of this kind, with an address instead of its Service."""
    configuration = deepcopy(render().one(kind))
    (only,) = configuration["webhooks"]
    only["clientConfig"] = {
        "url": f"https://127.0.0.1:{port}{only['clientConfig']['service']['path']}",
        "caBundle": base64.b64encode(authority.read_bytes()).decode(),
    }
    return configuration

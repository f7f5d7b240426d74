"""What the helper creates belongs to its Deployment: uninstalling removes both."""

from typing import Any

from mcp_jobs.adapters.kubernetes.client import REQUEST_SECONDS, Cluster
from mcp_jobs.adapters.kubernetes.errors import ClusterError
from mcp_jobs.adapters.kubernetes.resource import deployments


def owners(
    cluster: Cluster, namespace: str, deployment: str, *, timeout: float = REQUEST_SECONDS
) -> list[dict[str, Any]]:
    """A reference to the Deployment for an object's metadata; none where it can't be read, or has no name."""
    if not deployment:
        return []
    try:
        found = cluster.read(deployments(namespace), deployment, timeout=timeout)
    except ClusterError:
        return []
    uid = found["metadata"]["uid"]
    return [{"apiVersion": "apps/v1", "kind": "Deployment", "name": deployment, "uid": uid}]

"""The frontier checkpoints in a ConfigMap: one key for each workload."""

from typing import Any

from mcp_jobs.adapters.kubernetes.client import Cluster
from mcp_jobs.adapters.kubernetes.errors import Conflict, Missing
from mcp_jobs.adapters.kubernetes.owner import owners
from mcp_jobs.adapters.kubernetes.resource import config_maps
from mcp_jobs.core.checkpoint import Checkpoint, from_json, to_json


class ConfigMapCheckpoints:
    """Checkpoints that are written only over what was read.

    A leader that does not know yet that it is none any more can't overwrite what its successor wrote. The
    ConfigMap is owned by the Deployment `owner`, where that exists: uninstalling removes both.
    """

    def __init__(self, cluster: Cluster, namespace: str, name: str, *, owner: str = "") -> None:
        self._cluster = cluster
        self._resource = config_maps(namespace)
        self._name = name
        self._owner = owner
        self._object: dict[str, Any] | None = None
        self._known: dict[str, str | None] = {}

    def load(self, workload: str) -> Checkpoint | None:
        """What is kept for a workload, read anew. Raises ClusterError, or ProtocolError if it is garbled."""
        try:
            self._object = self._cluster.read(self._resource, self._name)
        except Missing:
            self._object = None
        text = self._known[workload] = self._kept(workload)
        return from_json(text) if text else None

    def save(self, workload: str, checkpoint: Checkpoint) -> bool:
        """Keep it; False where somebody else has written since the last load(). Raises ClusterError."""
        if self._kept(workload) != self._known.get(workload):
            return False
        text = to_json(checkpoint)
        try:
            self._object = self._write({f"{workload}.json": text})
        except (Conflict, Missing):
            return False
        self._known[workload] = text
        return True

    def _kept(self, workload: str) -> str | None:
        text: str | None = ((self._object or {}).get("data") or {}).get(f"{workload}.json")
        return text

    def _write(self, data: dict[str, str]) -> dict[str, Any]:
        if self._object is None:
            owned = owners(self._cluster, self._resource.namespace, self._owner)
            metadata = {"name": self._name, "ownerReferences": owned}
            body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}
            return self._cluster.create(self._resource, body)
        version = self._object["metadata"]["resourceVersion"]
        change = {"metadata": {"resourceVersion": version}, "data": data}
        return self._cluster.patch(self._resource, self._name, change)

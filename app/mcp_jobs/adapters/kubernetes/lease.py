"""The Lease that says who leads.

The official client's elector (kubernetes.leaderelection, 37.0) is not used: it compares wall clocks, counts
its lease from after the write, gives requests no deadline, dies of a lost connection and can't be stopped.
"""

from datetime import UTC, datetime
from math import ceil
from typing import Any

from mcp_jobs.adapters.kubernetes.client import Cluster
from mcp_jobs.adapters.kubernetes.errors import Missing
from mcp_jobs.adapters.kubernetes.owner import owners
from mcp_jobs.adapters.kubernetes.resource import leases
from mcp_jobs.core.election import Holding


class Lease:
    """One Lease object. It is owned by a Deployment, where that exists: uninstalling removes both."""

    def __init__(self, cluster: Cluster, namespace: str, name: str, *, owner: str = "") -> None:
        self._cluster = cluster
        self._resource = leases(namespace)
        self._name = name
        self._owner = owner

    def read(self, *, timeout: float) -> Holding | None:
        """The Lease as it is, or None. Raises ClusterError."""
        try:
            return _holding(self._cluster.read(self._resource, self._name, timeout=timeout))
        except Missing:
            return None

    def take(self, last: Holding | None, me: str, seconds: float, *, timeout: float) -> Holding:
        """Write `me` into the Lease, which must still be `last`. Raises Conflict and other ClusterErrors."""
        now = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        spec: dict[str, Any] = {
            "holderIdentity": me,
            "leaseDurationSeconds": ceil(seconds),
            "renewTime": now,
            "leaseTransitions": last.transitions if last else 0,
        }
        if last is None or last.holder != me:
            spec["acquireTime"] = now
            spec["leaseTransitions"] += 1
        return self._write(last, spec, timeout)

    def resign(self, last: Holding, *, timeout: float) -> None:
        """Leave the Lease to whoever comes first. Raises ClusterError."""
        spec = {"holderIdentity": "", "leaseDurationSeconds": 1, "leaseTransitions": last.transitions}
        self._write(last, spec, timeout)

    def _write(self, last: Holding | None, spec: dict[str, Any], timeout: float) -> Holding:
        if last is None:
            owned = owners(self._cluster, self._resource.namespace, self._owner, timeout=timeout)
            body = {
                "apiVersion": "coordination.k8s.io/v1",
                "kind": "Lease",
                "metadata": {"name": self._name, "ownerReferences": owned},
                "spec": spec,
            }
            return _holding(self._cluster.create(self._resource, body, timeout=timeout))
        change = {"metadata": {"resourceVersion": last.version}, "spec": spec}
        return _holding(self._cluster.patch(self._resource, self._name, change, timeout=timeout))


def _holding(lease: dict[str, Any]) -> Holding:
    spec = lease.get("spec") or {}
    return Holding(
        holder=spec.get("holderIdentity") or "",
        seconds=float(spec.get("leaseDurationSeconds") or 0),
        version=lease["metadata"]["resourceVersion"],
        transitions=int(spec.get("leaseTransitions") or 0),
    )

"""The ScaledJobs of a release, and what KEDA says about them."""

from collections.abc import Mapping
from typing import Any

from mcp_jobs.adapters.kubernetes.client import Cluster
from mcp_jobs.adapters.kubernetes.resource import scaled_jobs
from mcp_jobs.core.job_object import WORKLOAD
from mcp_jobs.core.why import ScaledJobView

#: stops KEDA's loop and leaves Jobs alone; any value but "false" counts
_PAUSED = "autoscaling.keda.sh/paused"

Json = Mapping[str, Any]


class ScaledJobs:
    """Those of one namespace. Every method raises ClusterError where the API server does not answer it."""

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        self._cluster = cluster
        self._scaled_jobs = scaled_jobs(namespace)

    def about(self, topic: str, group: str) -> ScaledJobView | None:
        """The ScaledJob whose trigger reads this topic and group, None where there is none."""
        pages = self._cluster.pages(self._scaled_jobs)
        views = (_view(item) for page in pages for item in page["items"])
        return next((view for view in views if (view.topic, view.group) == (topic, group)), None)

    def pause(self, name: str, paused: bool) -> None:
        """Stop KEDA from making Jobs, or let it go on."""
        annotations = {_PAUSED: "true" if paused else None}
        self._cluster.patch(self._scaled_jobs, name, {"metadata": {"annotations": annotations}})


def _view(item: Json) -> ScaledJobView:
    metadata, spec = item["metadata"], item["spec"]
    conditions = {c.get("type"): c for c in item.get("status", {}).get("conditions") or ()}
    trigger: Json = next((t for t in spec.get("triggers") or () if t.get("type") == "kafka"), {})
    ready = conditions.get("Ready", {})
    paused = (metadata.get("annotations") or {}).get(_PAUSED)
    return ScaledJobView(
        name=metadata["name"],
        topic=str(trigger.get("metadata", {}).get("topic", "")),
        group=str(trigger.get("metadata", {}).get("consumerGroup", "")),
        paused=paused is not None and paused.lower() != "false",
        polling_interval=int(spec.get("pollingInterval") or 30),
        max_replica_count=int(spec.get("maxReplicaCount") or 100),
        workload=(metadata.get("labels") or {}).get(WORKLOAD, ""),
        ready=str(ready.get("status", "")),
        message=str(ready.get("message", "")),
    )

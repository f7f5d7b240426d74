"""The lines of values.yaml that a recommendation comes to."""

from mcp_jobs.core.tuning.settings import Settings


def values_lines(workload: str, settings: Settings) -> str:
    """YAML to merge into values.yaml; a workload's own values win over `defaults`."""
    scaling = settings.scaling
    lines = [
        "workloads:",
        f"  {workload}:",
        f"    batchSize: {settings.batch_size}",
        "    scaling:",
        f"      pollingInterval: {settings.polling_interval:g}",
        f"      maxReplicaCount: {scaling.max_replica_count}",
        f"      lagThreshold: {scaling.lag_threshold:g}",
    ]
    return "\n".join(lines)

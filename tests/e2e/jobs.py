"""The Jobs of a release as the API server shows them: which there were, and how many at once."""

from collections import Counter
from typing import Any

from e2e.namespace import Namespace
from e2e.watched import Object, Watched
from mcp_jobs.adapters.kubernetes.resource import jobs
from mcp_jobs.core.job_object import MANAGED, TENANT, WORKLOAD


def ended(job: Object) -> str:
    """Complete, Failed or nothing."""
    found = {c["type"] for c in job.get("status", {}).get("conditions", ()) if c["status"] == "True"}
    return next(iter(found & {"Complete", "Failed"}), "")


def label(thing: Object, name: str) -> str:
    """A label's value, "" where there is none."""
    return str(thing["metadata"].get("labels", {}).get(name, ""))


class Jobs(Watched):
    """The Jobs of a namespace that are ours. `peak`: active ones at most, by tenant."""

    def __init__(self, namespace: Namespace) -> None:
        self.peak: Counter[str] = Counter()
        super().__init__(namespace.cluster, jobs(namespace.name), f"{MANAGED}=true")

    def notice(self, thing: Object) -> None:
        """Keep the peak."""
        tenant = label(thing, TENANT)
        self.peak[tenant] = max(self.peak[tenant], len(self.active(tenant=tenant)))

    def of(self, workload: str) -> list[Object]:
        """Every Job there was of a workload, by the time it was made."""
        mine = (job for job in list(self.seen.values()) if label(job, WORKLOAD) == workload)
        return sorted(mine, key=lambda job: (job["metadata"]["creationTimestamp"], job["metadata"]["name"]))

    def active(self, *, workload: str | None = None, tenant: str | None = None) -> list[Object]:
        """The Jobs that have not ended, of a workload or tenant."""
        return [
            job
            for uid, job in list(self.seen.items())
            if uid not in self.deleted
            and not ended(job)
            and workload in (None, label(job, WORKLOAD))
            and tenant in (None, label(job, TENANT))
        ]

    def all_over(self, workload: str, seconds: float) -> list[Object]:
        """Every Job of a workload, once none is active."""
        self.wait(lambda: not self.active(workload=workload), seconds, f"all Jobs of {workload} are over")
        return self.of(workload)

    def __str__(self) -> str:
        counts: dict[str, Any] = {}
        for uid, job in self.seen.items():
            state = "deleted" if uid in self.deleted else ended(job) or "active"
            key = f"{label(job, WORKLOAD)} {state}"
            counts[key] = counts.get(key, 0) + 1
        return ", ".join(f"{count} {key}" for key, count in sorted(counts.items())) or "no Job"

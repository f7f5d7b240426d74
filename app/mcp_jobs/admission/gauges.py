"""What the gauges of the admission helper show, looked up when Prometheus asks."""

from mcp_jobs.adapters.metrics import ACTIVE_JOBS, ACTIVE_JOBS_CAP, LEADER, Metrics
from mcp_jobs.admission.elector import Elector
from mcp_jobs.core.cap import Owner
from mcp_jobs.core.policy import Caps


def show(metrics: Metrics, elector: Elector, caps: Caps) -> None:
    """Set the gauges to what is true now. Only the leader counts Jobs."""
    term = elector.term()
    metrics.set(LEADER, 1 if term else 0)
    metrics.forget(ACTIVE_JOBS)
    metrics.forget(ACTIVE_JOBS_CAP)
    active: dict[Owner, int] = {}
    if term and term.admits:
        with term.jobs.ledger() as ledger:
            active.update(ledger.active())
    for owner, number in active.items():
        metrics.set(ACTIVE_JOBS, number, workload=owner.workload, tenant=owner.tenant)
    _show_caps(metrics, caps, {owner.tenant for owner in active})


def _show_caps(metrics: Metrics, caps: Caps, tenants: set[str]) -> None:
    if caps.release is not None:
        metrics.set(ACTIVE_JOBS_CAP, caps.release, scope="global", name="")
    for name, cap in caps.workloads.items():
        metrics.set(ACTIVE_JOBS_CAP, cap, scope="workload", name=name)
    for name in tenants | set(caps.tenants):
        cap_of_tenant = caps.of("tenant", name)
        if cap_of_tenant is not None:
            metrics.set(ACTIVE_JOBS_CAP, cap_of_tenant, scope="tenant", name=name)

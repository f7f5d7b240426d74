"""A workload's Jobs in numbers: active, surplus, and what they count for."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from mcp_jobs.adapters.kubernetes.jobs import job_view
from mcp_jobs.adapters.kubernetes.resource import jobs
from mcp_jobs.core.cap import Owner, owner_of
from mcp_jobs.core.death import JobView
from mcp_jobs.core.errors import McpJobsError
from mcp_jobs.core.job_object import MANAGED, read_job
from mcp_jobs.core.reconcile import JobState
from mcp_jobs.entrypoints.operator.caps import Usage, rules
from mcp_jobs.entrypoints.operator.desk import Desk
from mcp_jobs.entrypoints.operator.last_hour import HOUR

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class JobCounts:
    """What Kubernetes says of a workload; None: it is not known, and `problems` say why.

    `active` and `complete` (within the last hour) are Jobs; `limit` is KEDA's maxReplicaCount, None where
    nothing is known of it. `caps` is empty where nothing is capped; `audits`: caps are not enforced.
    """

    active: list[JobView] | None = None
    complete: list[JobView] = field(default_factory=list)
    limit: int | None = None
    caps: list[Usage] | None = None
    audits: bool = False
    problems: list[str] = field(default_factory=list)


def count_jobs(desk: Desk) -> JobCounts:
    """Count, as far as the API server answers. What it does not is told in `problems`."""
    problems: list[str] = []
    found = _unless(problems, "Jobs are not counted", lambda: _jobs(desk))
    if found is None:
        return JobCounts(problems=problems)
    known = _unless(problems, "Caps are not known", lambda: rules(desk))
    scaled = _unless(
        problems,
        "maxReplicaCount is not known",
        lambda: desk.scaled_jobs.about(desk.topics.messages, desk.group),
    )
    name = (scaled and scaled.workload) or (known and known.workload.name)
    if not name:
        text = (
            f"no ScaledJob in namespace {desk.namespace} is about this topic and group: is --namespace right?"
        )
        return JobCounts(problems=[*problems, f"Jobs are not counted: {text}"])
    views, active = found
    mine = [view for view in views if view.workload == name]
    since = (time.time() - HOUR.total_seconds()) * 1000
    return JobCounts(
        active=[view for view in mine if view.state is JobState.ACTIVE],
        complete=[view for view in mine if view.state is JobState.COMPLETE and (view.ended or 0) > since],
        limit=scaled.max_replica_count if scaled else None,
        caps=known.usage(active) if known else None,
        audits=known.policy.audits if known else False,
        problems=problems,
    )


def _jobs(desk: Desk) -> tuple[list[JobView], Counter[Owner]]:
    """Our Jobs in the namespace, and how many are active by whose they are, as the helper counts them."""
    pages = desk.cluster.pages(jobs(desk.namespace), labelSelector=f"{MANAGED}=true")
    items: list[Any] = [item for page in pages for item in page["items"]]
    counted = (read_job(item, "Job") for item in items)
    active = Counter(owner_of(job) for job in counted if not (job.finished or job.suspended))
    return [job_view(item) for item in items], active


def _unless(problems: list[str], what: str, ask: Callable[[], T]) -> T | None:
    """The answer; None where there is none, which is one more problem."""
    try:
        return ask()
    except McpJobsError as error:
        problems.append(f"{what}: {error}")
        return None

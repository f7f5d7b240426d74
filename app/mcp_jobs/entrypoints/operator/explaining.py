"""`mcp-jobs why`: what a message waits for, from its lag to its pod."""

import time
from collections.abc import Iterator

from mcp_jobs.adapters.kubernetes.client import connect
from mcp_jobs.adapters.kubernetes.jobs import KubernetesJobs
from mcp_jobs.adapters.kubernetes.scaledjobs import ScaledJobs
from mcp_jobs.core.death import JobView, PodView, death_of
from mcp_jobs.core.reconcile import JobState
from mcp_jobs.core.why import Facts, Finding, why_unclaimed
from mcp_jobs.entrypoints.files import InputError
from mcp_jobs.entrypoints.operator.desk import Desk
from mcp_jobs.entrypoints.operator.messages import Found, find
from mcp_jobs.local.view import reason_of
from mcp_jobs.reconciler.look import Snapshot

#: Jobs whose pods are asked for
_MOST_JOBS = 20


def why(desk: Desk, job_id: str) -> list[Finding]:
    """What the open message of a jobId waits for, or what became of it.

    Raises InputError where there is no such message, ProtocolError, ClusterError.
    """
    found = find(desk, job_id)
    if not found:
        raise InputError(
            f"no message of {desk.topics.messages} has the jobId {job_id}: it was never sent to this topic,"
            " or its outcome is gone with the topic's retention"
        )
    each = next((each for each in found if not each.outcome), found[-1])
    if each.outcome:
        return [_over(job_id, each)]
    return list(_claimed(desk, each) if each.entry else why_unclaimed(_facts(desk, each)))


def _over(job_id: str, found: Found) -> Finding:
    outcome = found.outcome or {}
    reason = reason_of(outcome)
    text = f"it is over: {outcome['status']} at {outcome['finishedAt']}" + (f": {reason}" if reason else "")
    return Finding(text, f"mcp-jobs show {job_id}")


def _claimed(desk: Desk, found: Found) -> Iterator[Finding]:
    """A message in the hands of a Job."""
    entry, jobs = found.entry, KubernetesJobs(connect(), desk.namespace)
    assert entry is not None
    view = jobs.named(entry.job) if entry.job else None
    if view is None or view.uid != found.job_uid:
        view = JobView(uid=found.job_uid, name=entry.job, state=JobState.GONE)
    pods = jobs.pods_of(found.job_uid)
    if view.state is JobState.ACTIVE:
        last = max(pods, key=lambda pod: pod.created, default=None)
        logs = f"kubectl logs {last.name} -n {desk.namespace} --all-containers -f" if last else ""
        yield Finding(f"it runs: the Job {view.name} is at attempt {entry.attempt}", logs)
        return
    text = death_of(view, pods).text
    yield Finding(f"{text}; the admission helper settles it with its next sweep", "mcp-jobs claims")


def _facts(desk: Desk, found: Found) -> Facts:
    cluster, seen, place = connect(), desk.look(), found.place
    scaled = ScaledJobs(cluster, desk.namespace)
    view = scaled.about(desk.topics.messages, desk.group)
    jobs = KubernetesJobs(cluster, desk.namespace)
    active = [job for job in jobs.all().values() if job.state is JobState.ACTIVE]
    frontier = seen.frontiers.get(place.partition)
    return Facts(
        namespace=desk.namespace,
        has_frontier=frontier is not None,
        age=time.time() - found.record.timestamp / 1000 if found.record else 0.0,
        ahead=max(0, place.offset - frontier.offset) if frontier else 0,
        scaled_job=view,
        active=len(active),
        events=scaled.events(view.name) if view else (),
        unclaimed_pods=_waiting(jobs, active, seen),
    )


def _waiting(jobs: KubernetesJobs, active: list[JobView], seen: Snapshot) -> list[PodView]:
    """The last pod of each Job that has not claimed."""
    waiting = [job for job in active if job.uid not in seen.claims][:_MOST_JOBS]
    pods = (jobs.pods_of(job.uid) for job in waiting)
    return [max(some, key=lambda pod: pod.created) for some in pods if some]

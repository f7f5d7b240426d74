"""`mcp-jobs why`: what a message waits for, from its lag to its pod."""

import shlex
import time
from collections.abc import Collection, Iterator, Sequence

from mcp_jobs.adapters.kubernetes.events import events_about
from mcp_jobs.core.death import JobView, PodView, death_of, last_of
from mcp_jobs.core.reconcile import JobState
from mcp_jobs.core.why import Facts, Finding, Podless, pod_problem, why_unclaimed
from mcp_jobs.entrypoints.files import InputError
from mcp_jobs.entrypoints.operator.desk import Desk
from mcp_jobs.entrypoints.operator.messages import Found, find
from mcp_jobs.local.view import plain, reason_of

#: Jobs whose pods are asked for
_MOST_JOBS = 20
#: reasons of events: of the controller of Jobs, and of a node
_REFUSALS = ("FailedCreate",)
_HOLD_UPS = ("FailedMount", "FailedAttachVolume", "FailedCreatePodSandBox")


def why(desk: Desk, job_id: str) -> None:
    """Say what the open message of a jobId waits for, or what became of it.

    Raises InputError where there is no such message, ProtocolError, ClusterError.
    """
    for finding in findings(desk, job_id):
        if desk.out.as_json:
            desk.out.json({"jobId": job_id, "finding": finding.text, "command": finding.command or None})
            continue
        desk.out.say(finding.text)
        if finding.command:
            desk.out.console.print(
                f"    {plain(finding.command)}", markup=False, soft_wrap=True, style="cyan"
            )


def findings(desk: Desk, job_id: str) -> list[Finding]:
    """The same as sentences, each with the next command."""
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
    return Finding(text, f"mcp-jobs show {shlex.quote(job_id)}")


def _claimed(desk: Desk, found: Found) -> Iterator[Finding]:
    """A message in the hands of a Job."""
    entry = found.entry
    assert entry is not None
    view = desk.jobs.named(entry.job) if entry.job else None
    if view is None or view.uid != found.job_uid:
        view = JobView(uid=found.job_uid, name=entry.job, state=JobState.GONE)
    pods = desk.jobs.pods_of(found.job_uid)
    if view.state is JobState.ACTIVE:
        last = last_of(pods)
        problem = pod_problem(last, desk.namespace) if last else None
        if problem:
            text = f"the Job {view.name} has it, at attempt {entry.attempt}, but {problem.text}"
            yield Finding(text, problem.command)
            return
        logs = f"kubectl logs {last.name} -n {desk.namespace} --all-containers -f" if last else ""
        yield Finding(f"it runs: the Job {view.name} is at attempt {entry.attempt}", logs)
        return
    text = death_of(view, pods).text
    yield Finding(f"{text}; the admission helper settles it with its next sweep", "mcp-jobs claims")


def _facts(desk: Desk, found: Found) -> Facts:
    seen, place = desk.look(), found.place
    view = desk.scaled_jobs.about(desk.topics.messages, desk.group)
    frontier = seen.frontiers.get(place.partition)
    active = [
        job
        for job in desk.jobs.all().values()
        if job.state is JobState.ACTIVE and view and job.workload == view.workload
    ]
    starting = _starting([job for job in active if job.uid not in seen.claims][:_MOST_JOBS], desk)
    pods, podless = [pod for _, pod in starting if pod], [job for job, pod in starting if not pod]
    now = int(time.time() * 1000)
    return Facts(
        namespace=desk.namespace,
        has_frontier=frontier is not None,
        age=(now - found.record.timestamp) / 1000 if found.record else 0.0,
        ahead=max(0, place.offset - frontier.offset) if frontier else 0,
        scaled_job=view,
        active=len(active),
        now=now,
        events=events_about(desk.cluster, desk.namespace, "ScaledJob", name=view.name) if view else (),
        unclaimed_pods=pods,
        podless=_podless(podless, desk),
        held_up=_said(desk, "Pod", _HOLD_UPS) if any(not pod.running_since for pod in pods) else {},
    )


def _starting(jobs: Sequence[JobView], desk: Desk) -> list[tuple[JobView, PodView | None]]:
    """Jobs with their last pod, None where they have none."""
    return [(job, last_of(desk.jobs.pods_of(job.uid))) for job in jobs]


def _podless(jobs: Sequence[JobView], desk: Desk) -> list[Podless]:
    """Jobs without a pod, and why that is, where the controller of Jobs has said so."""
    refused = _said(desk, "Job", _REFUSALS) if jobs else {}
    return [
        Podless(name=job.name, suspended=job.suspended, refused=refused.get(job.name, "")) for job in jobs
    ]


def _said(desk: Desk, kind: str, reasons: Collection[str]) -> dict[str, str]:
    """By name, the last words of these reasons about objects of a kind."""
    events = events_about(desk.cluster, desk.namespace, kind)
    return {event.about: event.message for event in events if event.reason in reasons}

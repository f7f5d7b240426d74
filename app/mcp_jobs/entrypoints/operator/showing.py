"""`mcp-jobs show`: the way of one message: where it stands, who has it, what became of it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from mcp_jobs.core.death import JobView, PodView
from mcp_jobs.core.errors import McpJobsError
from mcp_jobs.entrypoints.files import InputError
from mcp_jobs.entrypoints.operator.desk import Desk
from mcp_jobs.entrypoints.operator.messages import Found, find
from mcp_jobs.local.view import plain, reason_of, seconds, servers_of


def show(desk: Desk, job_id: str) -> None:
    """Print all that is known. Raises InputError where nothing is, ProtocolError."""
    found = find(desk, job_id)
    if not found:
        raise InputError(
            f"no message of {desk.topics.messages} has the jobId {job_id}: it was never sent there, or its"
            " outcome is deleted by retention"
        )
    for each in found:
        job, pods = _in_kubernetes(desk, each)
        if desk.out.as_json:
            desk.out.json(_to_json(each, job, pods))
            continue
        for name, value in _lines(desk, job_id, each, job, pods):
            desk.out.console.print(f"{name:>9}  {plain(value)}", markup=False, soft_wrap=True)
        desk.out.console.print()


def _in_kubernetes(desk: Desk, found: Found) -> tuple[JobView | None, list[PodView]]:
    """The Job and its pods, as far as there is one and somebody answers."""
    name, uid = _job_of(found)
    if not name:
        return None, []
    try:
        view = desk.jobs.named(name)
        return (view, list(desk.jobs.pods_of(uid))) if view and view.uid == uid else (None, [])
    except McpJobsError:
        return None, []


def _job_of(found: Found) -> tuple[str, str]:
    if found.entry:
        return found.entry.job, found.job_uid
    job = (found.outcome or {}).get("job") or {}
    return str(job.get("name", "")), str(job.get("uid", ""))


def _lines(
    desk: Desk, job_id: str, found: Found, job: JobView | None, pods: list[PodView]
) -> Iterator[tuple[str, str]]:
    place, record = found.place, found.record
    yield "message", f"{job_id}: {desk.topics.messages}, partition {place.partition}, offset {place.offset}"
    if record:
        sent = datetime.fromtimestamp(record.timestamp / 1000, UTC).isoformat(timespec="seconds")
        yield "sent", f"{sent}, {len(record.value or b''):,} bytes"
    name, uid = _job_of(found)
    if found.entry:
        holder = found.entry.holder.rpartition("/")[0]
        yield "claim", f"held by {holder}, attempt {found.entry.attempt}, group {desk.group}.job.{uid}"
    elif not found.outcome:
        yield "claim", "none yet; `mcp-jobs why` tells what it waits for"
    if name:
        yield "Job", f"{name}: {job.state if job else 'not there (any more), or not reachable from here'}"
    for pod in pods:
        told = pod.terminated or pod.waiting or "running"
        yield (
            "pod",
            f"{pod.name}: {told}" + (f", exit code {pod.exit_code}" if pod.exit_code is not None else ""),
        )
    if pods:
        yield "logs", f"kubectl logs {pods[-1].name} -n {desk.namespace} --all-containers"
    if found.outcome:
        yield from _outcome(found.outcome)


def _outcome(outcome: dict[str, Any]) -> Iterator[tuple[str, str]]:
    took = seconds(outcome["durationMs"])
    yield (
        "outcome",
        f"{outcome['status']} in attempt {outcome['attempt']}, {took}, at {outcome['finishedAt']}",
    )
    yield "servers", f"{servers_of(outcome)} initialized, {len(outcome.get('calls') or ())} calls"
    if trace := outcome.get("traceId"):
        yield "trace", trace
    if reason := reason_of(outcome):
        yield "reason", reason


def _to_json(found: Found, job: JobView | None, pods: list[PodView]) -> dict[str, Any]:
    name, uid = _job_of(found)
    return {
        "partition": found.place.partition,
        "offset": found.place.offset,
        "claim": {"attempt": found.entry.attempt, "holder": found.entry.holder} if found.entry else None,
        "job": {"name": name, "uid": uid, "state": str(job.state) if job else None} if name else None,
        "pods": [{"name": pod.name, "exitCode": pod.exit_code, "reason": pod.terminated} for pod in pods],
        "outcome": found.outcome,
    }

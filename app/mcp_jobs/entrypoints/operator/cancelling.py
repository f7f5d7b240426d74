"""`mcp-jobs cancel`: a message that nobody has claimed never runs, a running one is stopped."""

from mcp_jobs.core.errors import McpJobsError
from mcp_jobs.core.outcome import Job
from mcp_jobs.entrypoints.files import InputError
from mcp_jobs.entrypoints.operator.desk import Desk
from mcp_jobs.entrypoints.operator.messages import find
from mcp_jobs.operations.cancel import NeverRuns, Stopped, cancel

#: what the outcome of a message that ran says at most; the claim has the real number
_MOST_ATTEMPTS = 100


def cancel_job(desk: Desk, job_id: str) -> list[str]:
    """Cancel every open message of a jobId, and say of each what it came to.

    Raises InputError where there is none, ProtocolError.
    """
    found = find(desk, job_id)
    if not found:
        raise InputError(f"no message of {desk.topics.messages} has the jobId {job_id}, or had it lately")
    sentences = []
    for each in found:
        place = f"{job_id} (partition {each.place.partition}, offset {each.place.offset})"
        if each.outcome:
            sentences.append(f"{place} is over already: {each.outcome['status']}")
            continue
        match cancel(desk.kafka, desk.topics, desk.group, each.place, max_attempts=_MOST_ATTEMPTS):
            case NeverRuns():
                sentences.append(f"{place} will not run: the Job that claims it settles it as cancelled")
            case Stopped(job, others):
                sentences.append(f"{place} is cancelled; {_delete(desk, job, others)}")
            case _:
                sentences.append(f"{place} had its outcome before")
    return sentences


def _delete(desk: Desk, job: Job, others: int) -> str:
    """Have the Job deleted, unless it has more to do. The outcome is there already in any case."""
    if others:
        return f"its Job {job.name} goes on with {others} more of its batch"
    if not job.name:
        return "its runner is no Job of Kubernetes, and ends by itself"
    from mcp_jobs.adapters.kubernetes.client import connect
    from mcp_jobs.adapters.kubernetes.jobs import KubernetesJobs

    try:
        gone = KubernetesJobs(connect(), desk.namespace).delete(job.name, job.uid)
    except McpJobsError as error:
        return (
            f"its Job {job.name} still runs, as it can't be deleted ({error}):"
            f" kubectl delete job {job.name} -n {desk.namespace}"
        )
    return f"its Job {job.name} is deleted" if gone else f"its Job {job.name} had ended"

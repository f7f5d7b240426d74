"""`mcp-jobs cancel`: a message that nobody has claimed never runs, a running one is stopped."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from mcp_jobs.core.errors import McpJobsError
from mcp_jobs.core.outcome import Job
from mcp_jobs.core.record import Place
from mcp_jobs.entrypoints.files import InputError
from mcp_jobs.entrypoints.operator.desk import Desk
from mcp_jobs.entrypoints.operator.messages import Found, find
from mcp_jobs.operations.cancel import NeverRuns, Stopped, cancel

#: what the outcome of a message that ran says at most; the claim has the real number
_MOST_ATTEMPTS = 100


@dataclass(frozen=True, slots=True)
class Cancelled:
    """What came of one message: `never-runs`, `cancelled`, or `over` where it had its outcome before."""

    place: Place
    result: str
    sentence: str

    def to_json(self, job_id: str) -> dict[str, Any]:
        """As a JSON object."""
        return {"jobId": job_id, **asdict(self.place), "result": self.result, "sentence": self.sentence}


def cancel_jobs(desk: Desk, job_ids: list[str]) -> None:
    """Cancel every open message of the jobIds, and say of each what it came to.

    Raises InputError where there is none, ProtocolError.
    """
    for job_id in job_ids:
        for each in _cancel(desk, job_id):
            if desk.out.as_json:
                desk.out.json(each.to_json(job_id))
            else:
                place = f"partition {each.place.partition}, offset {each.place.offset}"
                desk.out.say(f"{job_id} ({place}) {each.sentence}")


def _cancel(desk: Desk, job_id: str) -> Iterator[Cancelled]:
    found = find(desk, job_id)
    if not found:
        raise InputError(f"no message of {desk.topics.messages} has the jobId {job_id}, or had it lately")
    for each in found:
        yield Cancelled(each.place, *_stop(desk, each))


def _stop(desk: Desk, found: Found) -> tuple[str, str]:
    if found.outcome:
        return "over", f"is over already: {found.outcome['status']}"
    match cancel(desk.kafka, desk.topics, desk.group, found.place, max_attempts=_MOST_ATTEMPTS):
        case NeverRuns():
            return "never-runs", "will not run: the Job that claims it settles it as cancelled"
        case Stopped(job, others):
            return "cancelled", f"is cancelled; {_delete(desk, job, others)}"
    return "over", "had its outcome before"


def _delete(desk: Desk, job: Job, others: int) -> str:
    """Have the Job deleted, unless it has more to do. The outcome is there already in any case."""
    if others:
        return f"its Job {job.name} goes on with {others} more of its batch"
    if not job.name:
        return "its runner is no Job of Kubernetes, and ends by itself"
    try:
        gone = desk.jobs.delete(job.name, job.uid)
    except McpJobsError as error:
        return (
            f"its Job {job.name} still runs, as it can't be deleted ({error}):"
            f" kubectl delete job {job.name} -n {desk.namespace}"
        )
    return f"its Job {job.name} is deleted" if gone else f"its Job {job.name} had ended"

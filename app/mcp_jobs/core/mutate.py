"""What the mutating webhook makes of a new Job: defaults, clamps, and the mark its reservation is kept by."""

from typing import Any

from mcp_jobs.core.job_object import RESERVATION, JobObject
from mcp_jobs.core.policy import Policy
from mcp_jobs.core.verdict import Reason, Verdict

#: A retry's pod must not start while the one before it still runs: both would speak for the same Job.
_POD_REPLACEMENT = "Failed"


def mutate(job: JobObject, policy: Policy, mark: str) -> Verdict:
    """Admit a new Job with a patch. The mark is always ours: a copied one could hide a Job from the cap."""
    changes = [] if policy.audits else _changes(job, policy)
    notes = _notes(job, policy)
    prefix = "audit: would be changed: " if policy.audits else ""
    return Verdict(
        allowed=True,
        reason=Reason.LIMITS if notes and policy.audits else Reason.OK,
        sentence="; ".join(notes),
        warnings=tuple(prefix + note for note in notes),
        patch=(_marked(job, mark), *changes),
    )


def _marked(job: JobObject, mark: str) -> dict[str, Any]:
    if not job.annotations:
        return {"op": "add", "path": "/metadata/annotations", "value": {RESERVATION: mark}}
    return {"op": "add", "path": f"/metadata/annotations/{RESERVATION.replace('/', '~1')}", "value": mark}


def _changes(job: JobObject, policy: Policy) -> list[dict[str, Any]]:
    wanted: dict[str, int | str] = {
        name: limits.clamped(job.numbers[name]) for name, limits in policy.limits.items()
    }
    has = {**job.numbers, "podReplacementPolicy": job.pod_replacement}
    wanted["podReplacementPolicy"] = _POD_REPLACEMENT
    return [
        {"op": "add", "path": f"/spec/{name}", "value": value}
        for name, value in wanted.items()
        if has[name] != value
    ]


def _notes(job: JobObject, policy: Policy) -> list[str]:
    """A sentence for each number that was given and can't stay; defaults are nothing to warn of."""
    notes = []
    for name, limits in policy.limits.items():
        number = job.numbers[name]
        if number is not None and limits.clamped(number) != number:
            bounds = f"from {limits.min} to {limits.max}" if limits.min < limits.max else f"{limits.max} only"
            notes.append(f"{name} {number} becomes {limits.clamped(number)}: the policy allows {bounds}")
    return notes

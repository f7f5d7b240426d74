"""What the validating webhook asks of a Job's spec and labels, whoever else counts as admitted."""

from mcp_jobs.core.job_object import MANAGED, TENANT, WORKLOAD, JobObject
from mcp_jobs.core.policy import Limits, Policy
from mcp_jobs.core.registries import foreign_images
from mcp_jobs.core.verdict import ADMITTED, Reason, Verdict, denied


def check(job: JobObject, old: JobObject | None, policy: Policy) -> Verdict:
    """Judge a new Job, or an update of `old`: that may keep what it has, and may not loosen it."""
    return next(
        (
            verdict
            for verdict in (_labels(job, old), _numbers(job, old, policy), _images(job, old, policy))
            if not verdict.allowed
        ),
        ADMITTED,
    )


def _labels(job: JobObject, old: JobObject | None) -> Verdict:
    if old is None and not job.workload:
        return denied(Reason.LABELS, f"the Job has no label {WORKLOAD}, and can't be counted")
    for name in (MANAGED, WORKLOAD, TENANT):
        before, now = (old or job).labels.get(name), job.labels.get(name)
        if now != before:
            return denied(
                Reason.LABELS,
                f"label {name} is fixed when a Job is created: {before or 'none'}, not {now or 'none'}",
            )
    return ADMITTED


def _numbers(job: JobObject, old: JobObject | None, policy: Policy) -> Verdict:
    problems = [
        problem
        for name, limits in policy.limits.items()
        if (problem := _outside(limits, job.numbers[name], old, name))
    ]
    return denied(Reason.LIMITS, "; ".join(problems)) if problems else ADMITTED


def _outside(limits: Limits, number: int | None, old: JobObject | None, name: str) -> str:
    """What is wrong with a number, in words; "" where it is allowed, or no looser than before."""
    if old is not None and number == old.numbers[name]:
        return ""
    before = old.numbers[name] if old else None
    if number is None:
        return f"{name} is not set; the policy's maximum is {limits.max}"
    if number > limits.max and not (before is not None and number < before):
        return f"{name} is {number}, the policy's maximum is {limits.max}"
    if number < limits.min and not (before is not None and number > before):
        return f"{name} is {number}, the policy's minimum is {limits.min}"
    return ""


def _images(job: JobObject, old: JobObject | None, policy: Policy) -> Verdict:
    known = old.images if old else ()
    foreign = foreign_images((image for image in job.images if image not in known), policy.allowed_registries)
    if not foreign:
        return ADMITTED
    allowed = ", ".join(policy.allowed_registries)
    return denied(Reason.REGISTRY, f"image {foreign[0]} comes from elsewhere than the allowed {allowed}")

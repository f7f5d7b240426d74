"""What the mutating webhook changes."""

from typing import Any

import pytest

from mcp_jobs.core.job_object import read_job
from mcp_jobs.core.mutate import mutate
from mcp_jobs.core.policy import Policy
from mcp_jobs.core.verdict import Reason
from unit.admission.jobs import job, tree


def changes(policy: Policy, **spec: Any) -> dict[str, Any]:
    """What is changed, by path."""
    verdict = mutate(job(podReplacementPolicy="Failed", **spec), policy, "new-mark")
    assert verdict.allowed
    assert all(operation["op"] == "add" for operation in verdict.patch)
    return {operation["path"]: operation["value"] for operation in verdict.patch}


MARK = {"/metadata/annotations/mcp-jobs.io~1reservation": "new-mark"}


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({}, {}),
        ({"ttlSecondsAfterFinished": None}, {"/spec/ttlSecondsAfterFinished": 3600}),
        ({"ttlSecondsAfterFinished": 0}, {"/spec/ttlSecondsAfterFinished": 60}),
        ({"activeDeadlineSeconds": 10**6}, {"/spec/activeDeadlineSeconds": 86400}),
        ({"backoffLimit": 11}, {"/spec/backoffLimit": 10}),
        ({"parallelism": 5, "completions": 5}, {"/spec/parallelism": 1, "/spec/completions": 1}),
        ({"parallelism": 0}, {"/spec/parallelism": 1}),
        ({"completions": None}, {"/spec/completions": 1}),
    ],
)
def test_numbers_get_defaults_and_clamps(spec: dict[str, Any], expected: dict[str, int]) -> None:
    assert changes(Policy(), **spec) == MARK | expected


def test_a_retry_s_pod_waits_for_the_end_of_the_one_before() -> None:
    patch = mutate(job(podReplacementPolicy="TerminatingOrFailed"), Policy(), "m").patch
    assert {"op": "add", "path": "/spec/podReplacementPolicy", "value": "Failed"} in patch


def test_annotations_are_made_where_there_are_none() -> None:
    patch = mutate(job(mark=""), Policy(), "new-mark").patch
    assert patch[0] == {
        "op": "add",
        "path": "/metadata/annotations",
        "value": {"mcp-jobs.io/reservation": "new-mark"},
    }
    without = tree()
    del without["metadata"]["annotations"]
    assert mutate(read_job(without, "job"), Policy(), "new-mark").patch[0] == patch[0]


def test_clamps_are_warned_of_and_defaults_are_not() -> None:
    verdict = mutate(job(ttlSecondsAfterFinished=1, activeDeadlineSeconds=None, parallelism=3), Policy(), "m")
    assert verdict.warnings == (
        "ttlSecondsAfterFinished 1 becomes 60: the policy allows from 60 to 604800",
        "parallelism 3 becomes 1: the policy allows 1 only",
    )


def test_audit_changes_nothing_but_the_mark_and_says_what_it_would_do() -> None:
    policy = Policy(mode="audit")
    assert changes(policy, ttlSecondsAfterFinished=1) == MARK
    verdict = mutate(job(ttlSecondsAfterFinished=1), policy, "m")
    assert verdict.audited
    assert verdict.reason is Reason.LIMITS
    assert verdict.warnings[0].startswith("audit: would be changed: ttlSecondsAfterFinished 1 becomes 60")

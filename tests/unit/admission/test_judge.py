"""What the validating webhook decides, by tables."""

from typing import Any

import pytest

from mcp_jobs.core.judge import judge
from mcp_jobs.core.ledger import Ledger, seen
from mcp_jobs.core.policy import Caps, Policy
from mcp_jobs.core.review import read_review
from mcp_jobs.core.verdict import Reason, Verdict
from unit.admission.jobs import ended, job, review, tree

LATER = "the message stays in Kafka and the next poll tries again"


def decide(policy: Policy, ledger: Ledger, *trees: Any, **request: Any) -> Verdict:
    """The verdict on a review, at time 0."""
    return judge(read_review(review(*trees, **request)), policy, ledger, namespace="mcp", now=0.0)


def with_caps(**caps: Any) -> Policy:
    return Policy(caps=Caps.model_validate(caps))


@pytest.mark.parametrize(
    ("caps", "reason", "who"),
    [
        ({"global": 2}, Reason.CAP_GLOBAL, "the release"),
        ({"tenantDefault": 2}, Reason.CAP_TENANT, "tenant acme"),
        ({"tenantDefault": 9, "tenants": {"acme": 2}}, Reason.CAP_TENANT, "tenant acme"),
        ({"workloads": {"default": 2}}, Reason.CAP_WORKLOAD, "workload default"),
    ],
)
def test_a_cap_denies_with_the_numbers(caps: dict[str, Any], reason: Reason, who: str) -> None:
    ledger, policy = Ledger(), with_caps(**caps)
    for number in range(2):
        assert decide(policy, ledger, tree(mark=f"mark-{number}")).allowed
    verdict = decide(policy, ledger, tree(mark="mark-2"))
    assert not verdict.allowed
    assert verdict.reason is reason
    assert verdict.sentence == f"{who} has 2 of 2 active Jobs; {LATER}"


def test_a_cap_of_zero_pauses() -> None:
    assert decide(with_caps(**{"global": 0}), Ledger(), tree()).sentence.startswith("the release has 0 of 0")


def test_a_dry_run_reserves_nothing() -> None:
    ledger, policy = Ledger(), with_caps(**{"global": 1})
    for number in range(3):
        assert decide(policy, ledger, tree(mark=f"mark-{number}"), dry_run=True).allowed
    assert ledger.reserved == 0


def test_the_same_mark_has_its_room_already_when_it_is_asked_for_again() -> None:
    ledger, policy = Ledger(), with_caps(**{"global": 1})
    assert decide(policy, ledger, tree()).allowed
    assert decide(policy, ledger, tree()).allowed
    assert ledger.reserved == 1


@pytest.mark.parametrize("mark", ["", "mark-1"])
def test_a_mark_that_is_missing_or_another_job_s_is_denied(mark: str) -> None:
    ledger = Ledger()
    ledger.see(seen(job("other", mark="mark-1")))
    verdict = decide(Policy(), ledger, tree(mark=mark))
    assert verdict.reason is Reason.RESERVATION
    assert verdict.sentence == "the mutating webhook did not mark this Job: are both webhooks configured?"


def test_a_suspended_job_counts_when_it_is_let_go() -> None:
    ledger, policy = Ledger(), with_caps(**{"global": 1})
    asleep = tree(suspend=True, version=7)
    assert decide(policy, ledger, tree(suspend=True)).allowed
    assert ledger.reserved == 0
    assert decide(policy, ledger, tree(version=7), asleep).allowed
    assert ledger.reserved == 1
    other = tree("uid-2", suspend=True, version=8)
    verdict = decide(policy, ledger, tree("uid-2", version=8), other)
    assert verdict.reason is Reason.CAP_GLOBAL


def test_an_update_of_an_active_job_counts_nothing() -> None:
    ledger = Ledger()
    assert decide(with_caps(**{"global": 0}), ledger, tree(version=7), tree(version=7)).allowed
    assert ledger.reserved == 0


def test_another_namespace_is_not_counted_and_not_admitted() -> None:
    verdict = decide(Policy(), Ledger(), tree(), namespace="elsewhere")
    assert verdict.reason is Reason.NAMESPACE
    assert verdict.sentence == "this helper counts the Jobs of namespace mcp, not of elsewhere"


@pytest.mark.parametrize(
    ("new", "old", "reason", "sentence"),
    [
        (tree(owner="/acme"), None, Reason.LABELS, "the Job has no label mcp-jobs.io/workload"),
        (
            tree(owner="default/b"),
            tree(),
            Reason.LABELS,
            "label mcp-jobs.io/tenant is fixed when a Job is created: acme, not b",
        ),
        (
            tree(owner="default"),
            tree(),
            Reason.LABELS,
            "label mcp-jobs.io/tenant is fixed when a Job is created: acme, not none",
        ),
        (
            tree(ttlSecondsAfterFinished=10**6, backoffLimit=99),
            None,
            Reason.LIMITS,
            "ttlSecondsAfterFinished is 1000000, the policy's maximum is 604800; "
            "backoffLimit is 99, the policy's maximum is 10",
        ),
        (
            tree(activeDeadlineSeconds=None),
            None,
            Reason.LIMITS,
            "activeDeadlineSeconds is not set; the policy's maximum is 86400",
        ),
        (tree(parallelism=2), tree(), Reason.LIMITS, "parallelism is 2, the policy's maximum is 1"),
        (
            tree(ttlSecondsAfterFinished=5),
            tree(),
            Reason.LIMITS,
            "ttlSecondsAfterFinished is 5, the policy's minimum is 60",
        ),
    ],
)
def test_what_the_policy_does_not_allow_is_denied(new: Any, old: Any, reason: Reason, sentence: str) -> None:
    verdict = decide(Policy(), Ledger(), new, old)
    assert not verdict.allowed
    assert verdict.reason is reason
    assert verdict.sentence.startswith(sentence)


@pytest.mark.parametrize(
    ("before", "after", "allowed"),
    [
        (600, 86400, True),  # looser, and within the limits
        (600, 86401, False),
        (600, None, False),
        (10**6, 10**6, True),  # from before the policy; it may keep what it has
        (10**6, 10**5, True),  # and be tightened
        (10**6, 10**7, False),
        (None, None, True),
        (None, 10**5, False),
        (5, 7, True),
        (5, 3, False),
    ],
)
def test_an_update_may_tighten_and_not_loosen(before: int | None, after: int | None, allowed: bool) -> None:
    new, old = tree(activeDeadlineSeconds=after), tree(activeDeadlineSeconds=before)
    assert decide(Policy(), Ledger(), new, old).allowed is allowed


def test_an_image_from_elsewhere_is_denied_unless_the_job_has_it_already() -> None:
    policy = Policy(allowed_registries=("registry.example.com/mcp", "other.example.com"))
    verdict = decide(policy, Ledger(), tree(image="python"))
    assert verdict.reason is Reason.REGISTRY
    allowed = "registry.example.com/mcp, other.example.com"
    assert verdict.sentence == f"image python comes from elsewhere than the allowed {allowed}"
    assert decide(policy, Ledger(), tree(image="python"), tree(image="python")).allowed


def test_audit_admits_counts_and_reports() -> None:
    ledger = Ledger()
    policy = Policy(mode="audit", caps=Caps.model_validate({"global": 1}))
    assert not decide(policy, ledger, tree(mark="a")).warnings
    verdict = decide(policy, ledger, tree(mark="b"))
    assert verdict.allowed
    assert verdict.audited
    assert verdict.word == "audited"
    assert verdict.reason is Reason.CAP_GLOBAL
    assert verdict.warnings == (f"audit: would be denied: the release has 1 of 1 active Jobs; {LATER}",)
    assert ledger.reserved == 2


def test_a_job_that_is_over_makes_room() -> None:
    ledger, policy = Ledger(), with_caps(**{"global": 1})
    assert decide(policy, ledger, tree()).allowed
    ledger.see(seen(job(version=5)))
    assert decide(policy, ledger, tree(mark="m")).reason is Reason.CAP_GLOBAL
    ledger.see(seen(job(version=6, status=ended())))
    assert decide(policy, ledger, tree(mark="m")).allowed

"""What the validating webhook decides, and what that does to the count."""

from mcp_jobs.core.cap import owner_of
from mcp_jobs.core.ledger import Ledger
from mcp_jobs.core.limits import check
from mcp_jobs.core.policy import Policy
from mcp_jobs.core.review import Review
from mcp_jobs.core.verdict import ADMITTED, Reason, Verdict, audited, denied


def judge(review: Review, policy: Policy, ledger: Ledger, *, namespace: str, now: float) -> Verdict:
    """Admit or deny, and reserve room for what was admitted. A dry run reserves nothing."""
    verdict = _verdict(review, policy, ledger, namespace)
    if policy.audits:
        verdict = audited(verdict)
    if verdict.allowed and not review.dry_run and _starts(review):
        ledger.reserve(owner_of(review.job), _key(review), now=now, after=_version(review))
    return verdict


def _verdict(review: Review, policy: Policy, ledger: Ledger, namespace: str) -> Verdict:
    if review.namespace != namespace:
        return denied(
            Reason.NAMESPACE,
            f"this helper counts the Jobs of namespace {namespace}, not of {review.namespace}",
        )
    verdict = check(review.job, review.old, policy)
    if not verdict.allowed:
        return verdict
    return _counted(review, policy, ledger) if _starts(review) else ADMITTED


def _counted(review: Review, policy: Policy, ledger: Ledger) -> Verdict:
    key = _key(review)
    if not key or ledger.is_spent(key):
        return denied(
            Reason.RESERVATION, "the mutating webhook did not mark this Job: are both webhooks configured?"
        )
    full = ledger.full(owner_of(review.job), key, policy.caps)
    return denied(full.reason, str(full)) if full else ADMITTED


def _starts(review: Review) -> bool:
    """Whether the Job becomes active by this: created so, or un-suspended."""
    before = review.old
    return not review.job.suspended and (before is None or before.suspended)


def _key(review: Review) -> str:
    return review.job.uid if review.old else review.job.reservation


def _version(review: Review) -> int:
    return review.old.version if review.old else 0

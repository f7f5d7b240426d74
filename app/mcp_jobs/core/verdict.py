"""What became of a review, with the reason as a word for metrics and as a sentence for people."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any


class Reason(StrEnum):
    """Why a review was denied, or would have been: a label of a metric."""

    OK = "ok"
    CAP_GLOBAL = "cap_global"
    CAP_TENANT = "cap_tenant"
    CAP_WORKLOAD = "cap_workload"
    LIMITS = "limits"  #: a number of the spec is outside of the policy's limits
    REGISTRY = "registry"  #: an image comes from elsewhere
    LABELS = "labels"  #: the labels that Jobs are counted by are missing or were changed
    RESERVATION = "reservation"  #: the mutating webhook did not see the Job, or somebody copied its mark
    NAMESPACE = "namespace"  #: a namespace that this helper does not count
    NO_LEADER = "no_leader"
    TAKING_OVER = "taking_over"  #: the leader is new and waits until it sees what the last one admitted
    MALFORMED = "malformed"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`sentence` says why it is denied; `warnings` are shown to whoever created the Job."""

    allowed: bool
    reason: Reason = Reason.OK
    sentence: str = ""
    warnings: tuple[str, ...] = ()
    patch: tuple[dict[str, Any], ...] = ()

    @property
    def audited(self) -> bool:
        """Whether this would have been something else if the policy were enforced."""
        return self.allowed and self.reason is not Reason.OK

    @property
    def word(self) -> str:
        """The verdict as a label of a metric."""
        if self.audited:
            return "audited"
        return "allowed" if self.allowed else "denied"


ADMITTED = Verdict(allowed=True)


def denied(reason: Reason, sentence: str) -> Verdict:
    """A denial."""
    return Verdict(allowed=False, reason=reason, sentence=sentence)


def audited(verdict: Verdict) -> Verdict:
    """The same verdict in a policy that only audits: allowed, the sentence as a warning."""
    if verdict.allowed:
        return verdict
    warning = f"audit: would be denied: {verdict.sentence}"
    return replace(verdict, allowed=True, warnings=(*verdict.warnings, warning))

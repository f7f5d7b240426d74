"""Answering reviews: who may decide, what is decided, and what is told about it."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from loguru import logger

from mcp_jobs.adapters.metrics import REVIEWS, Metrics
from mcp_jobs.adapters.policy_file import PolicyFile
from mcp_jobs.admission.elector import Elector
from mcp_jobs.core.judge import judge
from mcp_jobs.core.mutate import mutate
from mcp_jobs.core.policy import Policy
from mcp_jobs.core.review import Review, write_answer
from mcp_jobs.core.verdict import Reason, Verdict, audited, denied

#: What a denial for want of a leader ends with: KEDA asks again, and Kafka keeps the message.
_LATER = "the next poll tries again"


@dataclass(frozen=True, slots=True)
class Forward:
    """A review that the leader has to answer."""

    address: str


class Gate:
    """The two webhooks, without the web."""

    def __init__(
        self,
        policy: PolicyFile,
        elector: Elector,
        metrics: Metrics,
        *,
        namespace: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._policy = policy
        self._elector = elector
        self._metrics = metrics
        self._namespace = namespace
        self._clock = clock

    def mutate(self, review: Review) -> bytes:
        """Answer /mutate. Needs no leader: it counts nothing."""
        verdict = mutate(review.job, self._policy.policy, secrets.token_urlsafe(16))
        return self._answer("mutate", review, verdict)

    def validate(self, review: Review, *, forwarded: bool) -> bytes | Forward:
        """Answer /validate, or say who does. A review that was forwarded is not forwarded again."""
        policy, term = self._policy.policy, self._elector.term()
        if not term:
            leader = self._elector.leader()
            if leader and not forwarded:
                return Forward(leader)
            return self.without_leader(review, f"no leader yet, {_LATER}")
        if not term.admits:
            why = term.jobs.problem or "it waits until it sees what the last one admitted"
            sentence = f"the leader is new and does not admit yet ({why}), {_LATER}"
            return self._answer("validate", review, self._unled(policy, Reason.TAKING_OVER, sentence))
        with term.jobs.ledger() as ledger:
            verdict = judge(review, policy, ledger, namespace=self._namespace, now=self._clock())
        return self._answer("validate", review, verdict)

    def without_leader(self, review: Review, sentence: str) -> bytes:
        """The answer to /validate where no leader can be asked."""
        return self._answer("validate", review, self._unled(self._policy.policy, Reason.NO_LEADER, sentence))

    def malformed(self, webhook: str, sentence: str) -> None:
        """Count a request that is no review."""
        self._metrics.add(REVIEWS, webhook=webhook, verdict="malformed", reason=Reason.MALFORMED)
        logger.warning("Not a review, answered with 400: {}", sentence)

    def _unled(self, policy: Policy, reason: Reason, sentence: str) -> Verdict:
        verdict = denied(reason, sentence)
        return audited(verdict) if policy.audits else verdict

    def _answer(self, webhook: str, review: Review, verdict: Verdict) -> bytes:
        self._metrics.add(REVIEWS, webhook=webhook, verdict=verdict.word, reason=verdict.reason)
        if verdict.sentence:
            logger.bind(
                webhook=webhook,
                verdict=verdict.word,
                reason=str(verdict.reason),
                job=review.job.name,
                workload=review.job.workload,
                tenant=review.job.tenant,
            ).info("Job {}: {}", verdict.word, verdict.sentence)
        return write_answer(review.uid, verdict)

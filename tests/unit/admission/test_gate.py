"""Who answers a review: the leader, a standby that asks it, or nobody yet."""

import json
import threading
from typing import Any, cast

import pytest

from mcp_jobs.adapters.kubernetes.client import Cluster
from mcp_jobs.adapters.metrics import REVIEWS, Metrics
from mcp_jobs.adapters.policy_file import PolicyFile
from mcp_jobs.admission.elector import Elector
from mcp_jobs.admission.gate import Forward, Gate
from mcp_jobs.admission.job_count import JobCount
from mcp_jobs.admission.term import Duty, Term
from mcp_jobs.core.policy import Caps, Policy
from mcp_jobs.core.review import read_review
from unit.admission.jobs import review, tree


class StubElector:
    """An elector that was told how the election went."""

    def __init__(self, term: Term | None = None, leader: str = "") -> None:
        self._term = term
        self._leader = leader

    def term(self) -> Term | None:
        return self._term

    def leader(self) -> str:
        return self._leader


class StubPolicy:
    """A policy without its file."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy


def make_term(*, ready: bool = True, problem: str = "") -> Term:
    """A term that was not begun."""
    jobs = JobCount(cast(Cluster, None), "mcp", "")
    jobs.problem = problem
    if ready:
        jobs.ready.set()
    return Term(jobs, None, settle_seconds=0)


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


def make_gate(metrics: Metrics, elector: StubElector, **policy: Any) -> Gate:
    stub = cast(PolicyFile, StubPolicy(Policy(**policy)))
    return Gate(stub, cast(Elector, elector), metrics, namespace="mcp", clock=lambda: 0.0)


def validate(gate: Gate, raw: bytes | None = None, *, forwarded: bool = False) -> dict[str, Any]:
    """The response of the gate itself."""
    answer = gate.validate(read_review(raw or review()), forwarded=forwarded)
    assert not isinstance(answer, Forward)
    response: dict[str, Any] = json.loads(answer)["response"]
    return response


def count(metrics: Metrics, webhook: str, verdict: str, reason: str) -> float | None:
    labels = {"webhook": webhook, "verdict": verdict, "reason": reason}
    return metrics.registry.get_sample_value(REVIEWS, labels)


def test_the_leader_decides(metrics: Metrics) -> None:
    gate = make_gate(metrics, StubElector(make_term()), caps=Caps.model_validate({"global": 1}))
    assert validate(gate) == {"uid": "review-1", "allowed": True}
    denial = validate(gate, review(tree(mark="other")))
    assert denial["status"]["message"].startswith("the release has 1 of 1 active Jobs")
    assert count(metrics, "validate", "allowed", "ok") == 1
    assert count(metrics, "validate", "denied", "cap_global") == 1


def test_a_standby_asks_the_leader(metrics: Metrics) -> None:
    gate = make_gate(metrics, StubElector(leader="10.0.0.1:8443"))
    assert gate.validate(read_review(review()), forwarded=False) == Forward("10.0.0.1:8443")


@pytest.mark.parametrize(("leader", "forwarded"), [("", False), ("10.0.0.1:8443", True)])
def test_without_a_leader_a_job_is_denied(metrics: Metrics, leader: str, forwarded: bool) -> None:
    gate = make_gate(metrics, StubElector(leader=leader))
    denial = validate(gate, forwarded=forwarded)
    assert denial["status"]["message"] == "no leader yet, the next poll tries again"
    assert count(metrics, "validate", "denied", "no_leader") == 1


@pytest.mark.parametrize(
    ("problem", "why"),
    [
        ("", "it waits until it sees what the last one admitted"),
        ("forbidden to list jobs", "forbidden to list jobs"),
    ],
)
def test_a_new_leader_says_why_it_waits(metrics: Metrics, problem: str, why: str) -> None:
    gate = make_gate(metrics, StubElector(make_term(ready=False, problem=problem)))
    denial = validate(gate)
    expected = f"the leader is new and does not admit yet ({why}), the next poll tries again"
    assert denial["status"]["message"] == expected
    assert count(metrics, "validate", "denied", "taking_over") == 1


def test_audit_admits_without_a_leader_and_says_so(metrics: Metrics) -> None:
    gate = make_gate(metrics, StubElector(), mode="audit")
    response = validate(gate)
    assert response["allowed"]
    assert response["warnings"] == ["audit: would be denied: no leader yet, the next poll tries again"]
    assert count(metrics, "validate", "audited", "no_leader") == 1


def test_any_replica_mutates_and_no_two_marks_are_the_same(metrics: Metrics) -> None:
    gate = make_gate(metrics, StubElector())
    first, second = (json.loads(gate.mutate(read_review(review())))["response"] for _ in range(2))
    assert first["allowed"]
    assert first["patchType"] == "JSONPatch"
    assert first["patch"] != second["patch"]


def test_a_term_that_ended_admits_nothing() -> None:
    term = make_term()
    assert term.admits
    term.end()
    assert not term.admits


def test_what_leads_beside_the_reviews_is_told_to_stop_and_started_again_when_it_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("mcp_jobs.admission.term._RETRY_SECONDS", 0.001)
    runs = []
    again = threading.Event()

    def on_leading(stop: threading.Event, jobs: JobCount) -> None:
        runs.append(stop)
        if len(runs) == 1:
            raise ZeroDivisionError
        again.set()
        stop.wait(10)

    jobs = JobCount(cast(Cluster, None), "mcp", "")
    term = Term(jobs, Duty(on_leading), settle_seconds=60)
    term.begin()
    assert again.wait(10)
    term.end(wait=10)
    assert len(runs) == 2
    assert runs[0].is_set()

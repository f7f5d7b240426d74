"""The helper as a whole: audit mode, bad reviews, what is read again, and what it says of its troubles."""

import datetime
import json
import shutil
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from integration.kubernetes.api import Api, Refused
from integration.kubernetes.certificates import Authority
from integration.kubernetes.conftest import StartReplicas
from integration.kubernetes.control_plane import ControlPlane
from integration.kubernetes.objects import HOST, NAMESPACE, job
from integration.kubernetes.replica import Replica
from mcp_jobs.local.ports import LOOPBACK, free_ports
from unit.admission.jobs import review

FULL = "has 1 of 1 active Jobs"
CAP_OF_ONE = {"caps": {"global": 1}}


def post(url: str, body: bytes, authority: Authority) -> tuple[int, str]:
    """Post as the API server would, and return status and text."""
    trust = ssl.create_default_context(cafile=str(authority.cert))
    request = urllib.request.Request(url, data=body, headers={"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=5, context=trust) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_audit_denies_nothing_and_reports_all(start_replicas: StartReplicas, api: Api) -> None:
    policy = {"mode": "audit", "allowedRegistries": ["elsewhere.example.com"], **CAP_OF_ONE}
    replica = start_replicas(policy)[0]
    created = api.create(job("long", ttlSecondsAfterFinished=10**9))
    assert created["spec"]["ttlSecondsAfterFinished"] == 10**9
    assert any("audit: would be changed: ttlSecondsAfterFinished" in warning for warning in api.warnings)
    replica.write_policy({"mode": "audit", **CAP_OF_ONE})
    replica.wait_until("new policy", lambda: bool(replica.records("policy was read again")))
    for number in range(3):
        api.create(job(f"more-{number}", ttlSecondsAfterFinished=100, activeDeadlineSeconds=100))
        assert any(f"the release has {number + 1} of 1 active Jobs" in warning for warning in api.warnings)
    reviews = "mcp_jobs_admission_reviews_total"
    assert replica.metric(reviews, verdict="denied") == 0
    assert replica.metric(reviews, verdict="audited", reason="cap_global") == 3
    assert len(replica.records("would be denied") or replica.records("the release has")) >= 3


def test_a_malformed_review_is_a_400(start_replicas: StartReplicas, control_plane: ControlPlane) -> None:
    replica = start_replicas(CAP_OF_ONE)[0]
    for path in ("/mutate", "/validate"):
        for body in (b"", b"[]", b"{}", json.dumps({"kind": "AdmissionReview"}).encode()):
            url = f"https://{LOOPBACK}:{replica.port}{path}"
            status, text = post(url, body, control_plane.authority)
            assert status == 400
            assert text.startswith("expected an AdmissionReview")
        assert replica.metric("mcp_jobs_admission_reviews_total", webhook=path[1:], verdict="malformed") == 4
    huge = b" " * (5 * 1024 * 1024)
    answer = post(f"https://{LOOPBACK}:{replica.port}/validate", huge, control_plane.authority)
    assert answer == (400, "expected at most 4194304 bytes")


def test_the_policy_is_read_again_and_a_bad_one_is_not_taken_over(
    start_replicas: StartReplicas, api: Api
) -> None:
    replica = start_replicas(CAP_OF_ONE)[0]
    errors = "mcp_jobs_policy_reload_errors_total"
    api.create(job("first"))
    with pytest.raises(Refused, match=FULL):
        api.create(job("second"))
    replica.write_policy("caps: {globl: 5}")
    replica.wait_until("reload error", lambda: replica.metric(errors) == 1)
    assert "caps.globl: Extra inputs are not permitted" in replica.records("last good policy")[0]["message"]
    with pytest.raises(Refused, match=FULL):
        api.create(job("second"))
    replica.write_policy({"caps": {"global": 2}})
    replica.wait_until("new policy", lambda: bool(replica.records("policy was read again")))
    api.create(job("second"))
    with pytest.raises(Refused, match="has 2 of 2 active Jobs"):
        api.create(job("third"))
    assert replica.metric(errors) == 1


def test_the_certificate_is_read_again(
    start_replicas: StartReplicas, control_plane: ControlPlane, tmp_path: Path
) -> None:
    replica = start_replicas(CAP_OF_ONE)[0]
    before = ssl.get_server_certificate((LOOPBACK, replica.port))
    expired = control_plane.authority.issue("expired", HOST, ends_in=-datetime.timedelta(hours=1))
    shutil.copy(expired.key, replica.pair.key)
    shutil.copy(expired.cert, replica.pair.cert)
    replica.wait_until("complaint", lambda: bool(replica.records("it has expired: renew the Secret")))
    good = control_plane.authority.issue("good", HOST, LOOPBACK)
    shutil.copy(good.cert, replica.pair.cert)  # a moment with half of the pair
    replica.wait_until("refusal", lambda: bool(replica.records("last good certificate stays")))
    shutil.copy(good.key, replica.pair.key)
    replica.wait_until(
        "new certificate",
        lambda: ssl.get_server_certificate((LOOPBACK, replica.port)) == good.cert.read_text(encoding="utf-8"),
    )
    assert before != good.cert.read_text(encoding="utf-8")


def test_a_standby_asks_the_leader_and_takes_over_at_once_when_that_resigns(
    start_replicas: StartReplicas, api: Api, make_api: Callable[[], Api], control_plane: ControlPlane
) -> None:
    replicas = start_replicas(CAP_OF_ONE, 2)
    leader = next(replica for replica in replicas if replica.leads)
    standby = next(replica for replica in replicas if replica is not leader)
    api.create(job("first"))
    with pytest.raises(Refused, match=FULL):
        api.create(job("second"))
    reviewed = review(namespace=NAMESPACE)
    for replica in replicas:  # one of them asks the other
        status, text = post(f"https://{LOOPBACK}:{replica.port}/validate", reviewed, control_plane.authority)
        assert (status, FULL in text) == (200, True)
    assert standby.metric("mcp_jobs_admission_reviews_total", webhook="validate", verdict="denied") == 0
    with ThreadPoolExecutor(1) as pool:
        refusals = pool.submit(refusals_until_full, make_api(), standby)
        assert leader.stop() == 0
        standby.wait_until("leadership", lambda: standby.leads, 3)
        assert any("the leader is new and does not admit yet" in sentence for sentence in refusals.result())


def refusals_until_full(api: Api, leader: Replica) -> list[str]:
    """What a second Job is refused with, again and again, until this replica leads and finds no room."""
    sentences: list[str] = []

    def full() -> bool:
        leads = leader.leads
        with pytest.raises(Refused) as refusal:
            api.create(job("second"))
        sentences.append(str(refusal.value))
        return leads and FULL in sentences[-1]

    leader.wait_until("refusal for want of room", full)
    return sentences


def test_a_missing_rule_is_named(control_plane: ControlPlane, tmp_path: Path) -> None:
    kubeconfig = control_plane.user("nobody")
    replica = Replica(tmp_path / "helper", kubeconfig, control_plane.authority, CAP_OF_ONE)
    try:
        replica.wait_until("readiness answer", lambda: replica.status("/readyz")[0] == 503)
        rule = '{apiGroups: ["coordination.k8s.io"], resources: [leases], verbs: [get]}'
        replica.wait_until("sentence", lambda: rule in replica.status("/readyz")[1])
        assert replica.status("/healthz") == (200, "ok")
    finally:
        assert replica.stop() == 0


def test_an_api_server_that_is_not_there_is_named(control_plane: ControlPlane, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    text = control_plane.kubeconfig.read_text(encoding="utf-8")
    kubeconfig = tmp_path / "nowhere.kubeconfig"
    kubeconfig.write_text(text.replace(f":{control_plane.port}", f":{port}"), encoding="utf-8")
    replica = Replica(tmp_path / "helper", kubeconfig, control_plane.authority, CAP_OF_ONE)
    try:
        sentence = f"the API server at https://{LOOPBACK}:{port} is unreachable"
        replica.wait_until("sentence", lambda: sentence in replica.status("/readyz")[1])
    finally:
        assert replica.stop() == 0

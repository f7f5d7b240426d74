"""The policy on live Jobs: caps of two tenants, clamps, and a policy that only audits."""

import pytest
from kubernetes.client import CustomObjectsApi

from e2e import messages
from e2e.release import Install, Release

MINUTE = 60.0
#: the caps are below the backlog, and below what KEDA would start
CAPS = {"acme": 2, "globex": 3}
BACKLOG = 8


@pytest.fixture(scope="module")
def release(install: Install) -> Release:
    """Two tenants with a workload each, one workload of nobody, and limits."""
    return install(
        {
            "workloads": {"default": {}, "acme": {"tenant": "acme"}, "globex": {"tenant": "globex"}},
            "policy": {"tenants": CAPS, "ttlSecondsAfterFinished": {"default": 1800, "max": 1800}},
        }
    )


def test_no_tenant_ever_has_more_jobs_than_its_cap_and_everything_drains(release: Release) -> None:
    jobs, gate = release.jobs, release.gate
    wait = messages.calling("wait", gate=gate.address, name="cap")
    places = {name: release.topic(name).send([wait] * BACKLOG) for name in CAPS}
    jobs.wait(
        lambda: {name: len(jobs.active(tenant=name)) for name in CAPS} == CAPS,
        5 * MINUTE,
        "all are at their cap",
    )
    gate.wait_for("cap", sum(CAPS.values()), 5 * MINUTE)
    denied = release.metric("mcp_jobs_admission_reviews_total", verdict="denied", reason="cap_tenant")
    jobs.stays(lambda: {name: jobs.peak[name] for name in CAPS} == CAPS, 7, "KEDA asks, and is denied")
    more = release.metric("mcp_jobs_admission_reviews_total", verdict="denied", reason="cap_tenant")
    assert more > denied
    gate.open("cap")
    for name, sent in places.items():
        outcomes = release.topic(name).settled(sent, 10 * MINUTE)
        assert {outcome["status"] for outcome in outcomes} == {"succeeded"}
        assert len(jobs.all_over(name, MINUTE)) == BACKLOG
    assert {name: jobs.peak[name] for name in CAPS} == CAPS


def test_a_time_to_live_beyond_the_policy_is_clamped_on_the_live_job(release: Release) -> None:
    scaled_jobs = CustomObjectsApi(release.namespace.core.api_client)
    scaled_jobs.patch_namespaced_custom_object(
        "keda.sh", "v1alpha1", release.namespace.name, "scaledjobs", "e2e-mcp-jobs-default",
        {"spec": {"jobTargetRef": {"ttlSecondsAfterFinished": 999_999}}},
    )  # fmt: skip
    topic = release.topic("default")
    [outcome] = topic.settled(topic.send([messages.idle(0)]), 5 * MINUTE)
    spec = release.jobs.seen[outcome["job"]["uid"]]["spec"]
    assert spec["ttlSecondsAfterFinished"] == 1800
    assert spec["podReplacementPolicy"] == "Failed"


def test_a_policy_that_audits_admits_what_it_would_have_denied_and_says_so(release: Release) -> None:
    release.upgrade({"policy": {"mode": "audit"}})
    jobs, gate, topic = release.jobs, release.gate, release.topic("acme")

    def audited() -> float:
        return release.metric("mcp_jobs_admission_reviews_total", verdict="audited", reason="cap_tenant")

    places = topic.send([messages.calling("wait", gate=gate.address, name="audit")] * BACKLOG)
    jobs.wait(lambda: len(jobs.active(tenant="acme")) > CAPS["acme"], 5 * MINUTE, "more Jobs than the cap")
    assert audited() > 0
    gate.open("audit")
    outcomes = topic.settled(places, 10 * MINUTE)
    assert {outcome["status"] for outcome in outcomes} == {"succeeded"}

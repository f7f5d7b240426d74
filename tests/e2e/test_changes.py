"""Changes in the middle of a burst: an upgrade, and a leader that is killed."""

import pytest

from e2e import messages
from e2e.jobs import ended
from e2e.release import Install, Release
from e2e.watched import Object

MINUTE = 60.0
AT_ONCE = 6
BURST = 18


@pytest.fixture(scope="module")
def release(install: Install) -> Release:
    """A release that runs a few Jobs at once, under a cap."""
    return install(
        {
            "workloads": {"default": {"scaling": {"maxReplicaCount": AT_ONCE + 2}}},
            "policy": {"maxActiveJobs": AT_ONCE},
            "admission": {"leaseSeconds": 8, "timeoutSeconds": 3},
        }
    )


def variable(job: Object, name: str) -> str | None:
    """A variable in the containers of a Job."""
    containers = job["spec"]["template"]["spec"]["containers"]
    return next((v["value"] for c in containers for v in c["env"] if v["name"] == name), None)


def test_an_upgrade_in_the_middle_of_a_burst_lets_running_jobs_finish_and_loses_nothing(
    release: Release,
) -> None:
    jobs, gate, topic = release.jobs, release.gate, release.topic("default")
    places = topic.send([messages.calling("wait", gate=gate.address, name="upgrade")] * BURST)
    gate.wait_for("upgrade", AT_ONCE, 10 * MINUTE)
    before = {job["metadata"]["uid"] for job in jobs.active(workload="default")}
    release.upgrade({"defaults": {"runner": {"extraEnv": [{"name": "NEW", "value": "1"}]}}})
    assert {job["metadata"]["uid"] for job in jobs.active(workload="default")} == before
    gate.open("upgrade")
    outcomes = topic.settled(places, 10 * MINUTE)
    assert {(o["status"], o["attempt"]) for o in outcomes} == {("succeeded", 1)}
    assert before < {outcome["job"]["uid"] for outcome in outcomes}
    after = [job for job in jobs.all_over("default", MINUTE) if job["metadata"]["uid"] not in before]
    assert {variable(job, "NEW") for job in after} == {"1"}
    assert len(after) == BURST - AT_ONCE
    assert not jobs.deleted
    assert topic.lag() == 0


def test_a_leader_that_is_killed_in_the_middle_of_a_burst_costs_no_message_and_no_cap(
    release: Release,
) -> None:
    jobs, gate, topic = release.jobs, release.gate, release.topic("default")
    made = len(jobs.of("default"))
    places = topic.send([messages.calling("wait", gate=gate.address, name="leader")] * BURST)
    gate.wait_for("leader", 1, 10 * MINUTE)
    leader = release.leader()
    release.namespace.core.delete_namespaced_pod(leader, release.namespace.name, grace_period_seconds=0)
    gate.open("leader")
    outcomes = topic.settled(places, 10 * MINUTE)
    assert {(o["status"], o["attempt"]) for o in outcomes} == {("succeeded", 1)}
    assert release.leader() != leader
    assert len(jobs.all_over("default", MINUTE)) - made == BURST
    assert all(ended(job) == "Complete" for job in jobs.of("default"))
    assert jobs.peak[""] <= AT_ONCE
    assert topic.lag() == 0

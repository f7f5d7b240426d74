"""One release, and what becomes of messages in it: bursts, retries, dead letters, deaths."""

import pytest

from e2e import messages
from e2e.jobs import ended
from e2e.orphan import claim_for
from e2e.pods import is_ready
from e2e.release import Install, Release
from e2e.topic import Outcome

#: seconds; a busy machine may be many times slower than an idle one
MINUTE = 60.0

VALUES = {
    "workloads": {
        "burst": {"scaling": {"maxReplicaCount": 40}},
        "default": {},
        "small": {"runner": {"resources": {"limits": {"memory": "64Mi"}}}, "maxAttempts": 1},
        "short": {"job": {"activeDeadlineSeconds": 60}, "runner": {"messageTimeoutSeconds": 60}},
        "unpullable": {"image": {"repository": "localhost/no-such-image", "pullPolicy": "IfNotPresent"}},
    },
    "policy": {"activeDeadlineSeconds": {"min": 10}},
    "admission": {"imagePullLimitSeconds": 5},
}


@pytest.fixture(scope="module")
def release(install: Install) -> Release:
    """The release that all tests in here share."""
    return install(VALUES)


def error_of(outcome: Outcome) -> tuple[str, str]:
    """The class and the sentence of a failed outcome."""
    assert outcome["status"] == "failed", outcome
    return outcome["error"]["class"], outcome["error"]["message"]


@pytest.mark.parametrize("count", [1, 50, 300])
def test_a_burst_makes_one_job_and_one_outcome_for_each_message(release: Release, count: int) -> None:
    topic, jobs = release.topic("burst"), release.jobs
    before = len(jobs.of("burst"))
    make = messages.clock if count < 50 else messages.idle
    places = topic.send([make(number) for number in range(count)])
    outcomes = topic.settled(places, 10 * MINUTE + count * 8)
    assert {(o["status"], o["attempt"]) for o in outcomes} == {("succeeded", 1)}
    jobs.all_over("burst", 2 * MINUTE)
    jobs.stays(lambda: not jobs.active(workload="burst"), 7, "no Job comes late")
    made = len(jobs.of("burst")) - before
    print(f"{count} messages: {made} Jobs, {jobs.peak['']} at once at most")
    assert count <= made <= count * 1.02
    assert topic.lag() == 0
    release.pods.wait(lambda: not release.pods.running("runner"), MINUTE, "no pod is left")
    topic.settled(places, MINUTE)  # still one for each
    assert not topic.dead_letters


def test_a_server_that_crashes_once_gets_its_message_again_in_the_next_pod_of_the_same_job(
    release: Release,
) -> None:
    topic = release.topic("default")
    [outcome] = topic.settled(
        topic.send([messages.calling("crash_once", gate=release.gate.address, name="once")]), 5 * MINUTE
    )
    assert (outcome["status"], outcome["attempt"]) == ("succeeded", 2)
    first, second = release.pods.of_job(outcome["job"]["uid"])
    assert outcome["job"]["pod"] == second["metadata"]["name"] != first["metadata"]["name"]
    assert not topic.dead_letters


def test_a_poisonous_message_is_one_dead_letter_and_is_not_tried_again(release: Release) -> None:
    topic = release.topic("default")
    [place] = topic.send([b'{"jobId": "poison", "payload": {"mcpServers": '])
    [outcome] = topic.settled([place], 5 * MINUTE)
    kind, sentence = error_of(outcome)
    assert (kind, outcome["attempt"]) == ("envelope", 1)
    [letter] = topic.dead_letters.pop(place)
    assert (letter.kind, letter.attempts, letter.reason) == ("envelope", 1, sentence)
    uid = outcome["job"]["uid"]
    release.jobs.wait(lambda: ended(release.jobs.seen[uid]) == "Failed", MINUTE, "the Job has failed")
    assert len(release.pods.of_job(uid)) == 1


def test_a_pod_that_uses_too_much_memory_is_told_as_oom_killed(release: Release) -> None:
    topic = release.topic("small")
    # The MCP library alone takes more than this workload's limit, and nothing before it does.
    [outcome] = topic.settled(topic.send([messages.clock(0)]), 5 * MINUTE)
    kind, sentence = error_of(outcome)
    assert (kind, outcome["attempt"]) == ("oom-killed", 1)
    assert "64Mi" in sentence


def test_a_job_past_its_deadline_is_settled_with_that_reason(release: Release) -> None:
    topic = release.topic("short")
    message = messages.calling("wait", gate=release.gate.address, name="never")
    [outcome] = topic.settled(topic.send([message]), 10 * MINUTE)
    kind, sentence = error_of(outcome)
    assert kind == "deadline-exceeded"
    assert "activeDeadlineSeconds" in sentence
    assert outcome["jobId"] == messages.job_id(message)


def test_a_pod_that_is_deleted_leaves_its_message_to_the_next_pod(release: Release) -> None:
    topic, gate = release.topic("default"), release.gate
    places = topic.send([messages.calling("wait", gate=gate.address, name="pod")])
    gate.wait_for("pod", 1, 5 * MINUTE)
    [job] = release.jobs.active(workload="default")
    [pod] = release.pods.of_job(job["metadata"]["uid"])
    release.namespace.core.delete_namespaced_pod(pod["metadata"]["name"], release.namespace.name)
    gate.wait_for("pod", 2, 5 * MINUTE)
    gate.open("pod")
    [outcome] = topic.settled(places, 5 * MINUTE)
    assert (outcome["status"], outcome["attempt"]) == ("succeeded", 2)
    assert outcome["job"]["uid"] == job["metadata"]["uid"]
    assert outcome["job"]["pod"] != pod["metadata"]["name"]


def test_a_job_that_is_deleted_has_its_message_settled_with_that_reason(release: Release) -> None:
    topic, gate = release.topic("default"), release.gate
    places = topic.send([messages.calling("wait", gate=gate.address, name="job")])
    gate.wait_for("job", 1, 5 * MINUTE)
    [job] = release.jobs.active(workload="default")
    release.namespace.batch.delete_namespaced_job(
        job["metadata"]["name"], release.namespace.name, propagation_policy="Background"
    )
    [outcome] = topic.settled(places, 5 * MINUTE)
    kind, sentence = error_of(outcome)
    assert kind == "deleted"
    assert job["metadata"]["name"] in sentence
    [letter] = topic.dead_letters.pop(places[0])
    assert letter.reason == sentence


def test_an_image_that_can_not_be_pulled_leaves_the_message_in_kafka_or_settles_what_was_claimed(
    release: Release,
) -> None:
    topic = release.topic("unpullable")
    places = topic.send([messages.idle(0)])
    jobs, pods = release.jobs, release.pods
    [job] = jobs.wait(lambda: jobs.active(workload="unpullable"), 2 * MINUTE, "a Job is made")
    uid = job["metadata"]["uid"]
    [pod] = pods.wait(lambda: pods.of_job(uid), MINUTE, "its pod is made")
    assert not is_ready(pod)
    assert topic.lag() == 1
    # What an earlier pod of the Job would have left, from before its image could not be had any more.
    claim_for(release, "unpullable", job)
    assert topic.lag() == 0
    [outcome] = topic.settled(places, 5 * MINUTE)
    kind, sentence = error_of(outcome)
    assert kind == "image-pull"
    assert "no-such-image" in sentence

"""Kubernetes' reasons as classes and sentences."""

import pytest

from mcp_jobs.core.death import IMAGE_REASONS, JobView, PodView, death_of
from mcp_jobs.core.failure import FailureClass
from mcp_jobs.core.reconcile import JobState

FAILED = JobView(uid="u", name="job-1", state=JobState.FAILED, reason="BackoffLimitExceeded")


@pytest.mark.parametrize(
    ("pod", "kind", "said"),
    [
        (
            PodView(
                name="p", container="servers", terminated="OOMKilled", exit_code=137, memory_limit="256Mi"
            ),
            FailureClass.OOM,
            "the container servers of the pod p was killed as it used more memory than its limit of 256Mi"
            " (OOMKilled): raise runner.resources.limits.memory",
        ),
        (
            PodView(name="p", terminated="OOMKilled", exit_code=137),
            FailureClass.OOM,
            "the container runner of the pod p was killed as it used more memory than its node had left"
            " (OOMKilled): raise runner.claimResources.limits.memory",
        ),
        (
            PodView(name="p", reason="Evicted", message="The node was low on resource: memory."),
            FailureClass.EVICTED,
            "ran short of a resource: raise the runner's requests (Evicted: The node was low",
        ),
        (
            PodView(name="p", disruption="PreemptionByScheduler", exit_code=143),
            FailureClass.EVICTED,
            "made room for a pod of higher priority",
        ),
        (
            PodView(name="p", disruption="DeletionByTaintManager", exit_code=143),
            FailureClass.EVICTED,
            "node that got a taint",
        ),
        (
            PodView(name="p", terminated="Error", exit_code=1),
            FailureClass.ATTEMPTS,
            "the container runner of the pod p ended with exit code 1; its log says more",
        ),
        (
            PodView(name="p", terminated="Error", exit_code=1, last_words="kafka:9092 does not answer"),
            FailureClass.ATTEMPTS,
            "the pod p ended with exit code 1 (kafka:9092 does not answer); its log says more",
        ),
        (
            PodView(name="p", terminated="Error", exit_code=137),
            FailureClass.ATTEMPTS,
            "exit code 137, SIGKILL",
        ),
        (
            PodView(name="p", terminated="StartError", exit_code=128),
            FailureClass.ATTEMPTS,
            "exit code 128, StartError",
        ),
        (
            PodView(name="p", waiting="ImagePullBackOff", waiting_message="not found", image="img:1"),
            FailureClass.IMAGE,
            "can't have its image img:1 (ImagePullBackOff: not found): check the image's name and tag",
        ),
        (
            PodView(name="p", waiting="CreateContainerConfigError", waiting_message='secret "x" not found'),
            FailureClass.ATTEMPTS,
            'could not start (CreateContainerConfigError: secret "x" not found)',
        ),
        (
            PodView(name="p", unschedulable="0/3 nodes are available"),
            FailureClass.ATTEMPTS,
            "found no node (Unschedulable: 0/3 nodes are available)",
        ),
        (PodView(name="p", waiting="ContainerCreating"), FailureClass.ATTEMPTS, "no pod of it is left"),
    ],
)
def test_the_last_pod_tells_why_a_job_failed(pod: PodView, kind: FailureClass, said: str) -> None:
    death = death_of(FAILED, [pod])

    assert death.kind is kind
    assert said in death.text
    assert death.text.startswith("the Job job-1 failed (BackoffLimitExceeded): ")
    assert death.failure().retriable is False


def test_the_youngest_pod_is_the_last_one() -> None:
    old = PodView(name="old", created=1, terminated="OOMKilled", exit_code=137)
    young = PodView(name="young", created=2, terminated="Error", exit_code=1)

    assert death_of(FAILED, [young, old]).kind is FailureClass.ATTEMPTS


def test_without_pods_the_jobs_own_reason_is_left() -> None:
    job = JobView(
        uid="u", name="j", state=JobState.FAILED, reason="PodFailurePolicy", message="matching rule 0"
    )

    death = death_of(job)

    assert death.kind is FailureClass.ATTEMPTS
    assert "failed (PodFailurePolicy: matching rule 0): no pod of it is left" in death.text


def test_a_deadline_is_the_jobs_whatever_the_pod_says() -> None:
    job = JobView(uid="u", name="j", state=JobState.FAILED, reason="DeadlineExceeded")
    pod = PodView(name="p", unschedulable="0/3 nodes are available")

    death = death_of(job, [pod])

    assert death.kind is FailureClass.DEADLINE
    assert "raise job.activeDeadlineSeconds" in death.text
    assert death.text.endswith(
        "Before that: the pod p found no node (Unschedulable: 0/3 nodes are available)"
    )
    assert "Before that" not in death_of(job).text


def test_a_job_that_is_gone_was_deleted() -> None:
    death = death_of(JobView(uid="u", name="j", state=JobState.GONE))

    assert death.kind is FailureClass.DELETED
    assert "the Job j was deleted before its message had an outcome" in death.text


def test_a_complete_job_left_something() -> None:
    death = death_of(JobView(uid="u", name="j", state=JobState.COMPLETE))

    assert death.kind is FailureClass.ATTEMPTS
    assert "is Complete, but left this message" in death.text


@pytest.mark.parametrize("reason", sorted(IMAGE_REASONS))
def test_a_job_that_is_not_over_can_lack_its_image(reason: str) -> None:
    death = death_of(JobView(uid="u", name="j"), [PodView(name="p", waiting=reason, image="i")])

    assert death.kind is FailureClass.IMAGE
    assert death.text.startswith("the Job j can't go on: the pod p can't have its image i")

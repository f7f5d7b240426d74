"""What the API server's JSON means."""

from typing import Any

import pytest

from mcp_jobs.adapters.kubernetes.jobs import job_view, pod_view
from mcp_jobs.core.reconcile import JobState

METADATA = {"uid": "u", "name": "n", "labels": {"mcp-jobs.io/workload": "w"}}


def job(*conditions: dict[str, str]) -> dict[str, Any]:
    return {
        "metadata": METADATA,
        "status": {"startTime": "2026-01-01T00:00:00Z", "conditions": list(conditions)},
    }


def condition(kind: str, status: str = "True", **fields: str) -> dict[str, str]:
    return {"type": kind, "status": status, "lastTransitionTime": "2026-01-01T00:01:00Z", **fields}


@pytest.mark.parametrize(
    ("conditions", "state"),
    [
        ([], JobState.ACTIVE),
        ([condition("Suspended")], JobState.ACTIVE),
        ([condition("FailureTarget")], JobState.ACTIVE),
        ([condition("SuccessCriteriaMet")], JobState.ACTIVE),
        ([condition("Failed", "False")], JobState.ACTIVE),
        ([condition("FailureTarget"), condition("Failed")], JobState.FAILED),
        ([condition("SuccessCriteriaMet"), condition("Complete")], JobState.COMPLETE),
    ],
)
def test_a_job_is_over_when_kubernetes_says_so(conditions: list[dict[str, str]], state: JobState) -> None:
    assert job_view(job(*conditions)).state is state


def test_a_failed_job_says_why_and_when() -> None:
    view = job_view(job(condition("Failed", reason="DeadlineExceeded", message="too long")))

    assert (view.uid, view.name, view.workload) == ("u", "n", "w")
    assert (view.reason, view.message) == ("DeadlineExceeded", "too long")
    assert (view.ended or 0) - (view.started or 0) == 60_000


def test_a_job_that_just_began_has_no_status() -> None:
    view = job_view({"metadata": {"uid": "u", "name": "n"}})

    assert (view.state, view.started, view.workload) == (JobState.ACTIVE, None, "")


def test_a_pod_tells_of_its_runner() -> None:
    view = pod_view(
        {
            "metadata": {"name": "p", "creationTimestamp": "2026-01-01T00:00:00Z"},
            "spec": {
                "containers": [
                    {"name": "sidecar"},
                    {"name": "runner", "image": "img", "resources": {"limits": {"memory": "1Gi"}}},
                ]
            },
            "status": {
                "conditions": [
                    {"type": "PodScheduled", "status": "True"},
                    {"type": "DisruptionTarget", "status": "True", "reason": "DeletionByPodGC"},
                ],
                "containerStatuses": [
                    {"name": "sidecar", "state": {"running": {}}},
                    {"name": "runner", "state": {"terminated": {"reason": "OOMKilled", "exitCode": 137}}},
                ],
            },
        }
    )

    assert (view.terminated, view.exit_code, view.memory_limit) == ("OOMKilled", 137, "1Gi")
    assert (view.disruption, view.unschedulable, view.image) == ("DeletionByPodGC", "", "img")


def ended(code: int, reason: str = "Error") -> dict[str, Any]:
    return {"terminated": {"exitCode": code, "reason": reason}}


def stuck(reason: str) -> dict[str, Any]:
    return {"waiting": {"reason": reason, "message": 'secret "x" not found'}}


@pytest.mark.parametrize(
    ("runner", "servers", "tells"),
    [
        (ended(1), ended(137, "OOMKilled"), "servers"),
        (ended(1), ended(0, "OOMKilled"), "servers"),
        (ended(1), ended(137), "servers"),
        (ended(1), ended(2), "servers"),
        (ended(1), stuck("CreateContainerConfigError"), "servers"),
        ({"running": {}}, stuck("CreateContainerConfigError"), "servers"),
        (ended(1), ended(0, "Completed"), "runner"),
        (ended(1), {"running": {}}, "runner"),
        (ended(137, "OOMKilled"), ended(0, "Completed"), "runner"),
        (ended(137, "OOMKilled"), ended(137), "runner"),
        (ended(42), ended(1), "runner"),
        (ended(143), ended(143), "runner"),
        (stuck("ContainerCreating"), stuck("ContainerCreating"), "runner"),
        (stuck("ErrImagePull"), stuck("ContainerCreating"), "runner"),
    ],
)
def test_the_servers_container_tells_where_the_runner_ended_because_of_it(
    runner: dict[str, Any], servers: dict[str, Any], tells: str
) -> None:
    limits = {"runner": "128Mi", "servers": "256Mi"}
    view = pod_view(
        {
            "metadata": {"name": "p"},
            "spec": {
                "containers": [
                    {"name": name, "resources": {"limits": {"memory": memory}}}
                    for name, memory in limits.items()
                ]
            },
            "status": {
                "containerStatuses": [
                    {"name": "runner", "state": runner},
                    {"name": "servers", "state": servers},
                ]
            },
        }
    )

    assert (view.container, view.memory_limit) == (tells, limits[tells])
    state = {"runner": runner, "servers": servers}[tells]
    assert view.exit_code == state.get("terminated", {}).get("exitCode")
    assert view.waiting == state.get("waiting", {}).get("reason", "")


def test_a_container_that_failed_has_its_last_words() -> None:
    log = '{"level": "ERROR", "message": "no such topic: jobs"}\n'
    status = {"name": "runner", "state": {"terminated": {"exitCode": 1, "message": log}}}
    failed = pod_view({"metadata": {"name": "p"}, "status": {"containerStatuses": [status]}})
    assert failed.last_words == "no such topic: jobs"


def test_a_suspended_job_is_told_as_such() -> None:
    suspended = {"metadata": METADATA, "spec": {"suspend": True}}

    assert (job_view(suspended).suspended, job_view(job()).suspended) == (True, False)


def test_an_init_container_may_lack_its_image() -> None:
    waiting = {"reason": "ErrImagePull", "message": "no such tag"}
    view = pod_view(
        {
            "metadata": {"name": "p"},
            "status": {
                "initContainerStatuses": [{"name": "i", "image": "init:1", "state": {"waiting": waiting}}],
                "containerStatuses": [
                    {"name": "runner", "state": {"waiting": {"reason": "PodInitializing"}}}
                ],
            },
        }
    )

    assert view.lacks_image
    assert (view.image, view.waiting_message) == ("init:1", "no such tag")


def test_an_init_container_that_failed_tells_why_the_runner_never_ran() -> None:
    view = pod_view(
        {
            "metadata": {"name": "p"},
            "status": {
                "initContainerStatuses": [
                    {"name": "done", "state": ended(0, "Completed")},
                    {"name": "fetch", "state": ended(3)},
                ],
                "containerStatuses": [
                    {"name": "runner", "state": {"waiting": {"reason": "PodInitializing"}}}
                ],
            },
        }
    )

    assert (view.container, view.exit_code) == ("fetch", 3)


def test_a_pod_that_just_began_has_no_status() -> None:
    assert pod_view({"metadata": {"name": "p"}}).exit_code is None

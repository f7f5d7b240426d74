"""What the API server's JSON means, and how checkpoints are written to it."""

from collections.abc import Iterator
from typing import Any

import pytest

from mcp_jobs.adapters.kubernetes.checkpoint import ConfigMapCheckpoints
from mcp_jobs.adapters.kubernetes.errors import ClusterError, Conflict, Missing
from mcp_jobs.adapters.kubernetes.jobs import KubernetesJobs, job_view, pod_view
from mcp_jobs.core.checkpoint import Checkpoint
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


# --- asking -----------------------------------------------------------------------------------------


class FakeCluster:
    """Answers as an API server would, from a list of objects; `fail` is raised instead."""

    def __init__(self, *objects: dict[str, Any]) -> None:
        self.objects = {item["metadata"]["name"]: item for item in objects}
        self.fail: ClusterError | None = None
        self.queries: list[dict[str, str]] = []

    def pages(self, resource: object, **query: str) -> Iterator[dict[str, Any]]:
        self.queries.append(query)
        for item in self.objects.values():
            yield {"items": [item]}

    def read(self, resource: object, name: str, *, timeout: float = 1) -> dict[str, Any]:
        if self.fail:
            raise self.fail
        if name not in self.objects:
            raise Missing(f'can\'t get jobs: the API server answers 404: jobs.batch "{name}" not found')
        return self.objects[name]

    def create(self, resource: object, body: dict[str, Any]) -> dict[str, Any]:
        name = body["metadata"]["name"]
        if name in self.objects:
            raise Conflict("exists")
        self.objects[name] = {**body, "metadata": {**body["metadata"], "resourceVersion": "1"}}
        return self.objects[name]

    def patch(self, resource: object, name: str, body: dict[str, Any]) -> dict[str, Any]:
        there = self.objects[name]
        version = there["metadata"]["resourceVersion"]
        if version != body["metadata"]["resourceVersion"]:
            raise Conflict("changed")
        self.objects[name] = {
            **there,
            "metadata": {**there["metadata"], "resourceVersion": f"{version}+"},
            "data": {**there.get("data", {}), **body["data"]},
        }
        return self.objects[name]


def jobs_of(cluster: Any) -> KubernetesJobs:
    return KubernetesJobs(cluster, "ns")


def test_a_list_is_of_our_jobs_and_live() -> None:
    cluster = FakeCluster(job())

    assert set(jobs_of(cluster).all()) == {"u"}
    assert cluster.queries == [{"labelSelector": "mcp-jobs.io/managed=true"}]


def test_a_job_is_surely_gone_only_when_the_api_server_says_so() -> None:
    cluster = FakeCluster(job())
    assert jobs_of(cluster).named("n") is not None
    assert jobs_of(cluster).named("x") is None

    cluster.fail = Missing("404: no backend of this name")
    with pytest.raises(Missing):
        jobs_of(cluster).named("n")


def test_pods_without_image_are_found_by_their_job() -> None:
    state = {"waiting": {"reason": "ImagePullBackOff"}}
    labels = {"batch.kubernetes.io/controller-uid": "u", "batch.kubernetes.io/job-name": "j"}
    waiting = {
        "metadata": {"name": "p", "labels": labels},
        "status": {"containerStatuses": [{"name": "runner", "state": state}]},
    }
    found = jobs_of(FakeCluster(waiting, {"metadata": {"name": "q"}})).without_image()

    assert {uid: (pod.name, pod.job) for uid, pod in found.items()} == {"u": ("p", "j")}


# --- checkpoints ------------------------------------------------------------------------------------

FIRST = Checkpoint(topic_id="t", partitions=1, frontiers={0: 1})
SECOND = Checkpoint(topic_id="t", partitions=1, frontiers={0: 2})


def checkpoints_of(cluster: Any) -> ConfigMapCheckpoints:
    return ConfigMapCheckpoints(cluster, "ns", "c", owner="d")


def test_checkpoints_of_workloads_share_a_config_map() -> None:
    cluster = FakeCluster({"metadata": {"name": "d", "uid": "owner-uid"}})
    checkpoints = checkpoints_of(cluster)
    assert checkpoints.load("a") is None
    assert checkpoints.load("b") is None

    assert checkpoints.save("a", FIRST)
    assert checkpoints.save("b", SECOND)

    assert (checkpoints.load("a"), checkpoints.load("b")) == (FIRST, SECOND)
    [owner] = cluster.objects["c"]["metadata"]["ownerReferences"]
    assert (owner["kind"], owner["name"], owner["uid"]) == ("Deployment", "d", "owner-uid")


def test_an_old_leader_does_not_overwrite_what_its_successor_wrote() -> None:
    cluster = FakeCluster()
    old, new = checkpoints_of(cluster), checkpoints_of(cluster)
    old.load("a")
    old.save("a", FIRST)
    new.load("a")
    new.save("a", SECOND)

    assert not old.save("a", FIRST)
    assert old.load("a") == SECOND
    assert old.save("a", FIRST)


def test_what_was_read_for_one_workload_is_not_good_for_another() -> None:
    cluster = FakeCluster()
    old, new = checkpoints_of(cluster), checkpoints_of(cluster)
    for workload in ("a", "b"):
        old.load(workload)
        new.load(workload)
    new.save("a", SECOND)
    old.load("b")  # shows the whole ConfigMap, as the other leader left it

    assert not old.save("a", FIRST)


def test_two_leaders_do_not_both_create_it() -> None:
    cluster = FakeCluster()
    one, other = checkpoints_of(cluster), checkpoints_of(cluster)
    one.load("a")
    other.load("a")

    assert one.save("a", FIRST)
    assert not other.save("a", SECOND)

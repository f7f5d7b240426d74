"""What is asked of the API server: Jobs and pods, and the ConfigMap of checkpoints."""

from collections.abc import Iterator
from typing import Any

import pytest

from mcp_jobs.adapters.kubernetes.checkpoint import ConfigMapCheckpoints
from mcp_jobs.adapters.kubernetes.errors import ClusterError, Conflict, Missing
from mcp_jobs.adapters.kubernetes.jobs import KubernetesJobs, Watched
from mcp_jobs.core.checkpoint import Checkpoint
from mcp_jobs.core.death import JobView

JOB: dict[str, Any] = {"metadata": {"uid": "u", "name": "n"}}


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


def jobs_of(cluster: Any, watched: Watched = lambda: None) -> KubernetesJobs:
    return KubernetesJobs(cluster, "ns", watched)


def test_a_list_is_of_our_jobs_and_live() -> None:
    cluster = FakeCluster(JOB)

    assert set(jobs_of(cluster).all()) == {"u"}
    assert cluster.queries == [{"labelSelector": "mcp-jobs.io/managed=true"}]


def test_the_jobs_are_listed_only_while_the_watch_does_not_know_them() -> None:
    cluster, seen = FakeCluster(JOB), {"v": JobView(uid="v", name="m")}
    assert jobs_of(cluster, lambda: seen).known() == seen
    assert cluster.queries == []
    assert set(jobs_of(cluster, lambda: None).known()) == {"u"}


def test_a_job_is_surely_gone_only_when_the_api_server_says_so() -> None:
    cluster = FakeCluster(JOB)
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

"""Jobs and checkpoints on a real API server."""

import uuid
from datetime import UTC, datetime
from typing import Any

from integration.kubernetes.api import Api
from integration.kubernetes.objects import NAMESPACE, job
from integration.reconciler.conftest import MakeHelper
from integration.reconciler.helper import SCOPE, Helper
from mcp_jobs.adapters.kubernetes.checkpoint import ConfigMapCheckpoints
from mcp_jobs.adapters.kubernetes.jobs import KubernetesJobs
from mcp_jobs.adapters.kubernetes.resource import config_maps, jobs, pods

JOBS, PODS, CONFIG_MAPS = jobs(NAMESPACE), pods(NAMESPACE), config_maps(NAMESPACE)
MESSAGE = b'{"jobId": "a", "payload": {"mcpServers": {"s": {"command": "s"}}}}'


def claimed(helper: Helper, api: Api) -> dict[str, Any]:
    """A Job that has claimed the only message, beside another Job."""
    api.create(job("other"))
    created = api.create(job("mine", backoffLimit=0))
    helper.topic.produce([MESSAGE])
    metadata = created["metadata"]
    helper.topic.claimed(helper.topic.me(metadata["uid"], scope=SCOPE, job=metadata["name"]))
    return created


def kill(api: Api, owner: dict[str, Any], reason: str) -> None:
    """The Job's only pod ends, and the Job fails, as the kubelet and the controller would write it."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    container = {"name": "runner", "image": "i", "resources": {"limits": {"memory": "64Mi"}}}
    labels = {"batch.kubernetes.io/controller-uid": owner["metadata"]["uid"]}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "mine-x", "labels": labels},
        "spec": {"containers": [container], "restartPolicy": "Never"},
    }
    api.apply(PODS.path(), pod)
    ended = {"reason": reason, "exitCode": 137}
    status = {"name": "runner", "state": {"terminated": ended}, "ready": False, "restartCount": 0}
    of_the_pod = {"phase": "Failed", "containerStatuses": [{**status, "image": "i", "imageID": ""}]}
    api.cluster.patch(PODS, "mine-x/status", {"status": of_the_pod})
    failed = {"status": "True", "reason": "BackoffLimitExceeded", "lastTransitionTime": now}
    conditions = [{"type": kind, **failed} for kind in ("FailureTarget", "Failed")]
    counts = {"failed": 1, "terminating": 0, "uncountedTerminatedPods": {}}
    api.patch("mine", {"status": {"startTime": now, "conditions": conditions, **counts}}, part="/status")


def test_a_job_that_failed_leaves_exactly_one_dead_letter(make_helper: MakeHelper, api: Api) -> None:
    helper = make_helper(api=KubernetesJobs(api.cluster, NAMESPACE))
    owner = claimed(helper, api)
    helper.sweep()
    assert helper.topic.outcomes() == []

    kill(api, owner, "OOMKilled")
    try:
        helper.sweep()
        helper.sweep()
    finally:
        api.delete(PODS.path("mine-x") + "?gracePeriodSeconds=0")

    assert helper.topic.outcomes() == [(0, 0)]
    [letter] = helper.topic.records(helper.topic.topics.dead_letters)
    assert dict(letter.headers)["mcp-jobs-class"] == b"oom-killed"
    assert b"its limit of 64Mi" in dict(letter.headers)["mcp-jobs-reason"]


def test_a_job_that_was_deleted_leaves_exactly_one_dead_letter(make_helper: MakeHelper, api: Api) -> None:
    helper = make_helper(api=KubernetesJobs(api.cluster, NAMESPACE))
    claimed(helper, api)

    api.delete(JOBS.path("mine") + "?propagationPolicy=Background")
    helper.sweep()
    helper.sweep()

    assert helper.topic.outcomes() == [(0, 0)]
    [letter] = helper.topic.records(helper.topic.topics.dead_letters)
    assert dict(letter.headers)["mcp-jobs-class"] == b"deleted"


def test_a_checkpoint_is_kept_in_a_config_map_that_only_its_last_reader_writes(
    make_helper: MakeHelper, api: Api
) -> None:
    name = f"c-{uuid.uuid4().hex[:8]}"
    old, new = (ConfigMapCheckpoints(api.cluster, NAMESPACE, name) for _ in range(2))
    helper = make_helper(config_map=old)
    helper.topic.produce([MESSAGE] * 2)
    helper.topic.claimed()
    helper.sweep()
    first = new.load("w")
    assert first
    assert (first.partitions, first.frontiers, first.kept_alive) == (1, {0: 1}, 0)

    assert new.save("other", first)
    helper.sweep()  # finds that somebody else wrote
    assert new.load("w") == first
    helper.sweep()
    assert new.load("w") != first
    assert new.load("other") == first
    api.delete(CONFIG_MAPS.path(name))

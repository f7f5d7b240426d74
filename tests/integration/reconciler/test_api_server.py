"""Jobs and checkpoints on a real API server."""

from typing import Any

import pytest

from integration.kubernetes.api import Api
from integration.kubernetes.objects import NAMESPACE, job
from integration.reconciler.conftest import MakeHelper
from integration.reconciler.dead import killed
from integration.reconciler.helper import SCOPE, Helper
from mcp_jobs.adapters.kubernetes.checkpoint import ConfigMapCheckpoints
from mcp_jobs.adapters.kubernetes.client import Cluster
from mcp_jobs.adapters.kubernetes.jobs import KubernetesJobs
from mcp_jobs.adapters.kubernetes.resource import jobs

JOBS = jobs(NAMESPACE)
MESSAGE = b'{"jobId": "a", "payload": {"mcpServers": {"s": {"command": "s"}}}}'


@pytest.fixture
def jobs_of_helper(helper_cluster: Cluster) -> KubernetesJobs:
    """Jobs and pods, as far as the chart's Role shows them."""
    return KubernetesJobs(helper_cluster, NAMESPACE)


def claimed(helper: Helper, api: Api) -> dict[str, Any]:
    """A Job that has claimed the only message, beside another Job."""
    api.create(job("other"))
    created = api.create(job("mine", backoffLimit=0))
    helper.topic.produce([MESSAGE])
    metadata = created["metadata"]
    helper.topic.claimed(helper.topic.me(metadata["uid"], scope=SCOPE, job=metadata["name"]))
    return created


def test_a_job_that_failed_leaves_exactly_one_dead_letter(
    make_helper: MakeHelper, api: Api, jobs_of_helper: KubernetesJobs
) -> None:
    helper = make_helper(api=jobs_of_helper)
    owner = claimed(helper, api)
    helper.sweep()
    assert helper.topic.outcomes() == []

    with killed(api, owner, "OOMKilled"):
        helper.sweep()
        helper.sweep()

    assert helper.topic.outcomes() == [(0, 0)]
    [letter] = helper.topic.records(helper.topic.topics.dead_letters)
    assert dict(letter.headers)["mcp-jobs-class"] == b"oom-killed"
    assert b"its limit of 64Mi" in dict(letter.headers)["mcp-jobs-reason"]


def test_a_job_that_was_deleted_leaves_exactly_one_dead_letter(
    make_helper: MakeHelper, api: Api, jobs_of_helper: KubernetesJobs
) -> None:
    helper = make_helper(api=jobs_of_helper)
    claimed(helper, api)

    api.delete(JOBS.path("mine") + "?propagationPolicy=Background")
    helper.sweep()
    helper.sweep()

    assert helper.topic.outcomes() == [(0, 0)]
    [letter] = helper.topic.records(helper.topic.topics.dead_letters)
    assert dict(letter.headers)["mcp-jobs-class"] == b"deleted"


def test_a_checkpoint_is_kept_in_a_config_map_that_only_its_last_reader_writes(
    make_helper: MakeHelper, helper_cluster: Cluster, checkpoint: str
) -> None:
    old, new = (ConfigMapCheckpoints(helper_cluster, NAMESPACE, checkpoint) for _ in range(2))
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

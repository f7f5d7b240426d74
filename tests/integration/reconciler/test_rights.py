"""The chart's Role is what the helper needs: nothing that it asks for is denied, nothing is left over."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

import pytest
import yaml

from integration.kubernetes.account import ACCOUNT, USER, role
from integration.kubernetes.api import JOBS, Api
from integration.kubernetes.control_plane import ControlPlane
from integration.kubernetes.objects import NAMESPACE, Object, job
from integration.kubernetes.replica import Replica
from integration.reconciler.conftest import MakeHelper
from integration.reconciler.dead import killed
from mcp_jobs.adapters.kubernetes.client import Cluster
from mcp_jobs.adapters.kubernetes.errors import ClusterError, Forbidden
from mcp_jobs.adapters.kubernetes.resource import Resource, deployments, leases
from mcp_jobs.core.entry import Scope

SCOPE = Scope("", NAMESPACE, "w")
MESSAGE = b'{"jobId": "a", "payload": {"mcpServers": {"s": {"command": "s"}}}}'

Right = tuple[str, str, str, str]  #: API group, resource, verb, name where the rule names one


def granted() -> set[Right]:
    """The Role's rules, one by one."""
    return {
        (group, resource, verb, name)
        for rule in role()["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
        for name in rule.get("resourceNames", [""])
    }


def right_of(event: Object) -> Right:
    """The right that a request took. Jobs are granted whatever their name."""
    what, verb = event["objectRef"], event["verb"]
    name = what.get("name", "") if verb != "create" and what["resource"] != "jobs" else ""
    return what.get("apiGroup", ""), what["resource"], verb, name


@pytest.fixture
def deployment(api: Api) -> Iterator[Object]:
    """The helper's Deployment, which owns what the helper creates."""
    pod = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    spec = {"replicas": 0, "selector": {"matchLabels": {"a": "b"}}, "template": pod}
    path = deployments(NAMESPACE).path()
    metadata = {"name": ACCOUNT}
    yield api.apply(path, {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec})
    api.delete(f"{path}/{ACCOUNT}")


def asked(control_plane: ControlPlane, before: int) -> set[tuple[Right, bool]]:
    """Every right that the helper asked for after the first requests, and whether it was given."""
    return {
        (right_of(event), event["annotations"]["authorization.k8s.io/decision"] == "allow")
        for event in islice(control_plane.requests_of(USER), before, None)
    }


@pytest.mark.usefixtures("deployment", "checkpoint")
def test_a_helper_at_work_uses_every_right_of_its_role_and_no_other(
    make_helper: MakeHelper, api: Api, control_plane: ControlPlane, helper_kubeconfig: Path, tmp_path: Path
) -> None:
    before = len(list(control_plane.requests_of(USER)))
    topic = make_helper().topic
    jobs = [api.create(job(name, backoffLimit=0)) for name in ("failed", "deleted", "other")]
    topic.produce([MESSAGE] * 2)
    workload = {"name": "w", "topic": topic.topic, "group": topic.group}
    directory = tmp_path / "helper"
    directory.mkdir()
    (directory / "workloads.yaml").write_text(yaml.safe_dump([workload]), encoding="utf-8")
    for created in jobs[:2]:
        metadata = created["metadata"]
        topic.claimed(topic.me(metadata["uid"], scope=SCOPE, job=metadata["name"]))
    with ExitStack() as stack:
        stack.callback(api.remove_all, leases(NAMESPACE))
        replica = Replica(directory, helper_kubeconfig, control_plane.authority, {}, brokers=topic.brokers)
        stack.callback(replica.stop)
        replica.wait_until("claims", lambda: replica.metric("mcp_jobs_claimed", workload="w") == 2)
        replica.wait_until("count", lambda: replica.metric("mcp_jobs_active_jobs") == 3)
        stack.enter_context(killed(api, jobs[0], "OOMKilled"))
        api.delete(JOBS.path("deleted") + "?propagationPolicy=Background")
        settled = "mcp_jobs_orphans_settled_total"
        replica.wait_until("settlement", lambda: replica.metric(settled, workload="w") == 2)
        replica.wait_until("use of each right", lambda: len(asked(control_plane, before)) >= len(granted()))
        assert replica.stop() == 0

    assert asked(control_plane, before) == {(right, True) for right in granted()}


def test_whichever_right_is_missing_is_named(control_plane: ControlPlane) -> None:
    nobody = Cluster(control_plane.client(control_plane.user("nobody")))
    for group, plural, verb, name in granted():
        rule = f'{{apiGroups: ["{group}"], resources: [{plural}], verbs: [{verb}]}}'
        with pytest.raises(Forbidden, match=re.escape(rule)):
            ask(nobody, verb, Resource(group, plural, NAMESPACE), name or "any")


def test_credentials_that_are_not_accepted_are_told(control_plane: ControlPlane) -> None:
    kubeconfig = control_plane.kubeconfig_of("stranger", {"token": "made-up"})
    with pytest.raises(ClusterError, match="the API server does not accept our credentials"):
        ask(Cluster(control_plane.client(kubeconfig)), "list", JOBS, "")


def ask(cluster: Cluster, verb: str, resource: Resource, name: str) -> None:
    """Ask for what a right is about."""
    match verb:
        case "get":
            cluster.read(resource, name)
        case "list":
            next(cluster.pages(resource))
        case "watch":
            with cluster.watch(resource, {}, silence=5):
                pass
        case "create":
            cluster.create(resource, {"metadata": {"name": name}})
        case "patch":
            cluster.patch(resource, name, {})
        case _:
            raise AssertionError(f"nothing of ours asks for {verb}")

"""What `mcp-jobs status` says of a workload's Jobs: active, surplus, and the caps they count for."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml

from chart.render import render
from integration.claim.conftest import MakeWorkload
from integration.kubernetes.api import Api
from integration.kubernetes.control_plane import ControlPlane
from integration.kubernetes.kinds import Kinds
from integration.kubernetes.objects import NAMESPACE, Object, job
from integration.operator.conftest import Desk, MakeDesk
from integration.operator.test_seeing import message
from pages.markdown import ROOT

_ACCOUNT = "operator"
_RBAC = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{NAMESPACE}"
_ACCOUNTS = f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts"

Installed = Callable[..., Desk]


@pytest.fixture
def installed(make_cluster_desk: MakeDesk, kinds: Kinds, api: Api) -> Iterator[Installed]:
    """A factory of a workload of acme, with the ScaledJob and the policy that the chart makes for it."""
    paths = []

    def install(
        policy: Object | None = None, *, max_active_jobs: int | None = None, other: Object | None = None
    ) -> Desk:
        desk = make_cluster_desk()
        mine = {
            "topic": desk.workload.topic,
            "consumerGroup": desk.workload.group,
            "tenant": "acme",
            "maxActiveJobs": max_active_jobs,
            "scaling": {"maxReplicaCount": 30},
        }
        values = {
            "workloads": {"default": mine, "other": other or {"topic": "other"}},
            "policy": policy or {},
        }
        release = render(values=values)
        for found in (*release.of_kind("ScaledJob"), release.one("ConfigMap", "policy")):
            path = kinds.path(found, NAMESPACE)
            api.apply(path, found)
            paths.append(f"{path}/{found['metadata']['name']}")
        return desk

    yield install
    for path in paths:
        api.delete(path)


def status(desk: Desk) -> dict[str, Any]:
    [found] = desk.lines("status")
    return found


def create(api: Api, name: str, workload: str = "default", tenant: str = "acme") -> str:
    """A Job, by its uid."""
    return str(api.create(job(name, workload=workload, tenant=tenant))["metadata"]["uid"])


def test_the_caps_that_a_job_counts_for_are_shown_with_what_is_used(installed: Installed, api: Api) -> None:
    desk = installed({"maxActiveJobs": 20, "tenants": {"acme": 10}}, max_active_jobs=5)
    for name, workload, tenant in (("a", "default", "acme"), ("b", "other", "acme"), ("c", "other", "")):
        create(api, name, workload, tenant)
    api.create(job("d", tenant="acme", suspend=True))

    found = status(desk)

    assert found["problem"] == ""
    assert found["caps"] == [
        {"scope": "global", "name": None, "active": 3, "cap": 20},
        {"scope": "tenant", "name": "acme", "active": 2, "cap": 10},
        {"scope": "workload", "name": "default", "active": 1, "cap": 5},
    ]
    assert (found["capsEnforced"], found["maxReplicaCount"]) == (True, 30)
    shown = desk.run("status")
    assert "active of at most 5" in shown
    assert "workload default" in shown
    assert "active of at most 30 (maxReplicaCount)" in shown


def test_a_policy_that_only_audits_is_told_as_such(installed: Installed) -> None:
    desk = installed({"mode": "audit", "maxActiveJobs": 20})

    assert status(desk)["capsEnforced"] is False
    assert "the release (policy.mode audit: not enforced)" in desk.run("status")


def test_nothing_is_said_of_caps_where_there_are_none(installed: Installed) -> None:
    desk = installed()

    assert status(desk)["caps"] == []
    assert "cap " not in desk.run("status")


def test_the_jobs_of_other_workloads_are_not_counted(installed: Installed, api: Api) -> None:
    desk = installed()
    desk.workload.produce([message("a")])
    desk.workload.claimed(desk.workload.me(create(api, "claims"), job="claims"))
    create(api, "starts")
    create(api, "elsewhere", "other")

    found = status(desk)

    assert (found["activeJobs"], found["startingJobs"], found["surplusJobsLastHour"]) == (2, 1, 0)


def test_a_job_that_ended_without_a_message_is_surplus(installed: Installed, api: Api) -> None:
    desk = installed()
    desk.workload.produce([message("a")])
    for name in ("had-nothing", "worked", "elsewhere"):
        uid = create(api, name, "other" if name == "elsewhere" else "default")
        if name == "worked":
            desk.workload.run(desk.workload.me(uid, job=name))
        api.finish(name)

    found = status(desk)

    assert (found["activeJobs"], found["surplusJobsLastHour"]) == (0, 1)


def test_a_namespace_without_the_workload_has_no_jobs_to_count(installed: Installed, api: Api) -> None:
    desk = installed()
    create(api, "a")

    [found] = desk.lines("status", "--namespace", "default")

    assert (found["activeJobs"], found["caps"]) == (None, None)
    assert "no ScaledJob in namespace default is about this topic and group" in found["problem"]


def test_all_workloads_of_a_release_are_shown(
    installed: Installed, make_workload: MakeWorkload, api: Api
) -> None:
    other = make_workload(1)
    desk = installed(other={"topic": other.topic, "consumerGroup": other.group})
    other.produce([message("a"), message("b")])
    create(api, "mine")
    create(api, "theirs", "other")

    found = {line["topic"]: line for line in desk.lines("status", "--all")}

    assert {topic: sum(line["lag"].values()) for topic, line in found.items()} == {
        desk.workload.topic: 0,
        other.topic: 2,
    }
    assert [line["activeJobs"] for line in found.values()] == [1, 1]
    assert f"{other.topic}  (group {other.group})" in desk.run("status", "--all")
    assert "no admission helper in namespace default" in desk.run("status", "--all", "-n", "default", code=2)


def test_a_workload_without_its_topic_does_not_hide_the_others(installed: Installed) -> None:
    desk = installed(other={"topic": "not-there", "consumerGroup": "not-there-runners"})

    found = {line["topic"]: line for line in desk.lines("status", "--all", code=1)}
    shown = desk.run("status", "--all", code=1)

    assert found[desk.workload.topic]["claimed"] == 0
    assert "not-there" in found["not-there"]["problem"]
    assert "unclaimed  0" in shown
    assert "1 of 2 workloads can't be looked at" in shown


def documented_role() -> Object:
    """The Role in docs/operations.md."""
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    role: Object = yaml.safe_load(text.partition("```yaml\n")[2].partition("```")[0])
    return role


@pytest.fixture
def as_operator(control_plane: ControlPlane) -> Iterator[Callable[[Object], dict[str, str]]]:
    """Bind a Role to an account; the environment of who logs in as that."""
    admin = Api(control_plane.client())
    metadata = {"name": _ACCOUNT}
    paths = [f"{_ACCOUNTS}/{_ACCOUNT}", f"{_RBAC}/rolebindings/{_ACCOUNT}"]

    def bind(role: Object) -> dict[str, str]:
        name = role["metadata"]["name"]
        binding = {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "RoleBinding",
            "metadata": metadata,
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name},
            "subjects": [{"kind": "ServiceAccount", "name": _ACCOUNT, "namespace": NAMESPACE}],
        }
        admin.apply(_ACCOUNTS, {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata})
        admin.apply(f"{_RBAC}/roles", role)
        admin.apply(f"{_RBAC}/rolebindings", binding)
        paths.append(f"{_RBAC}/roles/{name}")
        request = {
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenRequest",
            "spec": {"audiences": []},
        }
        token = admin.apply(f"{_ACCOUNTS}/{_ACCOUNT}/token", request)["status"]["token"]
        return {"KUBECONFIG": str(control_plane.kubeconfig_of(_ACCOUNT, {"token": token}))}

    yield bind
    for path in paths:
        admin.delete(path)


AsOperator = Callable[[Object], dict[str, str]]


def test_the_documented_rights_are_enough(installed: Installed, api: Api, as_operator: AsOperator) -> None:
    desk = Desk(installed(max_active_jobs=5).workload, as_operator(documented_role()))
    desk.workload.produce([message("a"), message("b")])
    desk.workload.claimed(desk.workload.me(create(api, "runner-1"), job="runner-1"))

    found = status(desk)
    assert (found["problem"], found["activeJobs"], len(found["caps"])) == ("", 1, 1)
    assert [claim["state"] for claim in desk.lines("claims")] == ["running"]
    assert desk.lines("show", "a")[0]["job"]["state"] == "active"
    assert desk.lines("why", "b")
    assert "is deleted" in desk.run("cancel", "a")
    assert desk.lines("pause")[0]["changed"]
    assert desk.lines("drain")[-1] == {"claimed": 0}
    assert desk.lines("resume")[0]["changed"]


@pytest.mark.parametrize(
    ("resource", "problem", "caps"),
    [
        ("configmaps", "Caps are not known: forbidden to list configmaps", None),
        ("scaledjobs", "maxReplicaCount is not known: forbidden to list scaledjobs", 1),
    ],
)
def test_what_may_not_be_read_is_told_and_the_rest_is_shown(
    installed: Installed, as_operator: AsOperator, resource: str, problem: str, caps: int | None
) -> None:
    role = documented_role()
    role["rules"] = [rule for rule in role["rules"] if resource not in rule["resources"]]
    desk = Desk(installed(max_active_jobs=5).workload, as_operator(role))

    found = status(desk)

    assert problem in found["problem"]
    assert found["activeJobs"] == 0
    assert (found["caps"] and len(found["caps"])) == caps

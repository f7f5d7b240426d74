"""The admission helper: its webhooks, its rights, its policy."""

from typing import Any

import pytest
import yaml

from chart.pods import env
from chart.render import ALL_VALUES, CHART, NAMESPACE, Object, Release, render

WEBHOOKS = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")


def webhook(release: Release, kind: str) -> Any:
    (found,) = release.one(kind)["webhooks"]
    return found


def policy(release: Release, file: str = "policy.yaml") -> Any:
    return yaml.safe_load(release.one("ConfigMap", "-policy")["data"][file])


@pytest.mark.parametrize("kind", WEBHOOKS)
def test_webhooks_concern_our_jobs_in_the_namespace_of_the_release_only(kind: str) -> None:
    release = render()
    found = webhook(release, kind)
    labels = release.one("ScaledJob")["metadata"]["labels"]
    selected = found["objectSelector"]["matchLabels"]
    assert selected == {"mcp-jobs.io/managed": "true"}
    assert selected.items() <= labels.items()
    assert found["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": NAMESPACE}
    for rule in found["rules"]:
        assert (rule["apiGroups"], rule["apiVersions"], rule["resources"]) == (["batch"], ["v1"], ["jobs"])


@pytest.mark.parametrize("kind", WEBHOOKS)
def test_webhooks_fail_closed_soon_and_without_side_effects_of_a_dry_run(kind: str) -> None:
    found = webhook(render(), kind)
    assert found["failurePolicy"] == "Fail"
    assert found["timeoutSeconds"] == 5
    assert found["sideEffects"] == "NoneOnDryRun"
    assert found["admissionReviewVersions"] == ["v1"]


def test_creates_are_mutated_and_validated_updates_validated_when_spec_or_labels_change() -> None:
    release = render()
    mutate, validate = (webhook(release, kind) for kind in WEBHOOKS)
    assert mutate["rules"][0]["operations"] == ["CREATE"]
    assert validate["rules"][0]["operations"] == ["CREATE", "UPDATE"]
    (condition,) = validate["matchConditions"]
    assert "object.spec != oldObject.spec" in condition["expression"]
    assert (mutate["clientConfig"]["service"]["path"], validate["clientConfig"]["service"]["path"]) == (
        "/mutate",
        "/validate",
    )


def test_webhooks_reach_the_helper() -> None:
    release = render()
    service = release.one("Service")
    pod = release.one("Deployment")["spec"]["template"]
    assert service["spec"]["selector"].items() <= pod["metadata"]["labels"].items()
    ports = {port["name"] for port in pod["spec"]["containers"][0]["ports"]}
    assert {port["targetPort"] for port in service["spec"]["ports"]} == ports
    for kind in WEBHOOKS:
        target = webhook(release, kind)["clientConfig"]["service"]
        assert target["name"] == service["metadata"]["name"]
        assert target["namespace"] == NAMESPACE
        assert target["port"] in {port["port"] for port in service["spec"]["ports"]}


def test_the_page_is_served_where_it_is_asked_for_and_nowhere_else() -> None:
    asked = {"admission.page": {"enabled": True, "hosts": ["a.example.com", "b.example.com"]}}
    without, release = render(), render(asked)
    [helper] = release.one("Deployment")["spec"]["template"]["spec"]["containers"]
    [helper_without] = without.one("Deployment")["spec"]["template"]["spec"]["containers"]
    service = release.one("Service")["spec"]
    assert service["type"] == "ClusterIP"
    assert {"name": "page", "port": 8080, "targetPort": "page", "protocol": "TCP"} in service["ports"]
    assert {"name": "page", "containerPort": 8080} in helper["ports"]
    assert env(helper)["ADMISSION_PAGE_PORT"] == "8080"
    assert env(helper)["ADMISSION_PAGE_HOSTS"] == "a.example.com,b.example.com"
    assert "ADMISSION_PAGE_PORT" not in env(helper_without)
    assert "page" not in {port["name"] for port in without.one("Service")["spec"]["ports"]}


def test_the_helper_may_do_no_more_than_it_must() -> None:
    release = render()
    assert {found["kind"] for found in release} & {"ClusterRole", "ClusterRoleBinding"} == set()
    rights = {
        (resource, verb, *rule.get("resourceNames", []))
        for rule in release.one("Role")["rules"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }
    assert rights == {
        *(("jobs", verb) for verb in ("get", "list", "watch")),
        ("pods", "list"),
        ("leases", "create"),
        *(("leases", verb, "mcp-jobs-leader") for verb in ("get", "patch")),
        ("configmaps", "create"),
        *(("configmaps", verb, "mcp-jobs-checkpoint") for verb in ("get", "patch")),
        ("deployments", "get", "mcp-jobs-admission"),
    }


def test_the_names_of_lease_and_checkpoint_start_with_what_the_helper_is_told() -> None:
    release = render(None, ALL_VALUES)
    (container,) = release.one("Deployment")["spec"]["template"]["spec"]["containers"]
    prefix = env(container)["ADMISSION_RELEASE"]
    names = {name for rule in release.one("Role")["rules"] for name in rule.get("resourceNames", [])}
    assert names == {f"{prefix}-leader", f"{prefix}-checkpoint", f"{prefix}-admission"}
    assert release.one("Deployment")["metadata"]["name"] == f"{prefix}-admission"


def test_the_role_is_bound_to_the_account_that_the_pod_has() -> None:
    release = render(None, ALL_VALUES)
    binding = release.one("RoleBinding")
    account = release.one("Deployment")["spec"]["template"]["spec"]["serviceAccountName"]
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": account, "namespace": NAMESPACE}]
    assert binding["roleRef"]["name"] == release.one("Role")["metadata"]["name"]
    assert account in {found["metadata"]["name"] for found in release.of_kind("ServiceAccount")}


def test_the_policy_is_what_values_say() -> None:
    assert policy(render()) == {
        "mode": "enforce",
        "caps": {"global": None, "tenantDefault": None, "tenants": {}, "workloads": {}},
        "ttlSecondsAfterFinished": {"default": 3600, "min": 60, "max": 604800},
        "activeDeadlineSeconds": {"default": 3600, "min": 10, "max": 86400},
        "backoffLimit": {"default": 2, "min": 0, "max": 10},
        "allowedRegistries": [],
        "orphans": {"complete": "requeue", "failed": "dead-letter"},
    }
    found = policy(render(None, ALL_VALUES))
    assert found["caps"] == {
        "global": 2_000_000,
        "tenantDefault": 30,
        "tenants": {"acme": 40},
        "workloads": {"default": 12, "second": 0},
    }
    assert found["orphans"] == {"complete": "dead-letter", "failed": "requeue"}


def test_the_helper_knows_every_workload() -> None:
    release = render(None, CHART / "values-multi-tenant.yaml")
    assert {entry["name"] for entry in policy(release, "workloads.yaml")} == {
        "acme-bulk",
        "acme-urgent",
        "globex",
    }
    assert policy(release, "workloads.yaml")[-1] == {
        "name": "globex",
        "topic": "globex.jobs",
        "group": "globex-runners",
        "outcomesTopic": "globex.jobs.outcomes",
        "deadLettersTopic": "globex.jobs.dead-letters",
        "tenant": "globex",
        "maxAttempts": 3,
    }


def test_workloads_as_the_helper_knows_them_are_those_of_the_scaledjobs() -> None:
    release = render(None, ALL_VALUES)
    known = {entry["name"]: entry for entry in policy(release, "workloads.yaml")}
    for scaled_job in release.of_kind("ScaledJob"):
        entry = known.pop(scaled_job["metadata"]["labels"]["mcp-jobs.io/workload"])
        metadata = scaled_job["spec"]["triggers"][0]["metadata"]
        assert (entry["topic"], entry["group"]) == (metadata["topic"], metadata["consumerGroup"])
        assert entry["maxAttempts"] == scaled_job["spec"]["jobTargetRef"]["backoffLimit"] + 1
    assert known == {}


def test_a_changed_policy_restarts_nothing() -> None:
    before, after = render(), render({"policy.maxActiveJobs": 7, "policy.mode": "audit"})
    assert policy(before) != policy(after)
    assert before.one("Deployment") == after.one("Deployment")


def test_a_replica_stays_while_others_go() -> None:
    release = render()
    spec = release.one("Deployment")["spec"]
    assert spec["replicas"] == 2
    assert spec["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    budget = release.one("PodDisruptionBudget")["spec"]
    assert budget["maxUnavailable"] == 1
    assert budget["selector"]["matchLabels"].items() <= spec["template"]["metadata"]["labels"].items()
    (spread,) = spec["template"]["spec"]["topologySpreadConstraints"]
    assert spread["topologyKey"] == "kubernetes.io/hostname"


def test_a_helper_on_a_busy_node_has_minutes_to_start_before_it_is_killed() -> None:
    [container] = render().one("Deployment")["spec"]["template"]["spec"]["containers"]
    startup, liveness = container["startupProbe"], container["livenessProbe"]
    assert startup["httpGet"] == liveness["httpGet"]
    assert startup["periodSeconds"] * startup["failureThreshold"] >= 120
    assert liveness["timeoutSeconds"] >= 5


def test_without_the_helper_nothing_of_it_is_installed() -> None:
    release = render({"admission.enabled": False, "monitoring.serviceMonitor.enabled": True})
    kinds = {found["kind"] for found in release}
    gone = {
        "Deployment",
        "Service",
        "Role",
        "RoleBinding",
        "PodDisruptionBudget",
        "ServiceMonitor",
        "Secret",
        *WEBHOOKS,
    }
    assert not kinds & gone


def test_rights_and_account_may_come_from_elsewhere() -> None:
    values = {
        "admission.rbac.create": False,
        "admission.serviceAccount": {"create": False, "name": "theirs", "annotations": {}},
    }
    release = render(values)
    assert release.of_kind("Role") == release.of_kind("RoleBinding") == []
    accounts: list[Object] = release.of_kind("ServiceAccount")
    assert [account["metadata"]["name"] for account in accounts] == ["mcp-jobs-runner"]
    assert release.one("Deployment")["spec"]["template"]["spec"]["serviceAccountName"] == "theirs"

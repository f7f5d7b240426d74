"""Monitoring, network policies, quota: each only where it is asked for."""

import json
import re
from typing import Any

import pytest
import yaml

from chart.render import ALL_VALUES, CHART, NAMESPACE, render
from mcp_jobs.adapters.metrics import COUNTERS, GAUGES, HISTOGRAMS

#: what the helper exports
METRICS = {*COUNTERS, *GAUGES, *HISTOGRAMS}

ALERTS = {
    "McpJobsLagGrowing",
    "McpJobsMessageWaiting",
    "McpJobsDeadLetters",
    "McpJobsClaimsOrphaned",
    "McpJobsCapSaturated",
    "McpJobsHelperDown",
    "McpJobsNoLeader",
    "McpJobsNotLooking",
    "McpJobsFrontierAlarm",
    "McpJobsPolicyInvalid",
}


def metrics(expression: str) -> set[str]:
    return {
        re.sub("_(bucket|sum|count)$", "", name) for name in re.findall(r"\bmcp_jobs_[a-z_]+", expression)
    }


def dashboard() -> Any:
    return json.loads(render(None, ALL_VALUES).one("ConfigMap", "-dashboard")["data"]["mcp-jobs.json"])


def rules() -> list[Any]:
    (group,) = render(None, ALL_VALUES).one("PrometheusRule")["spec"]["groups"]
    found: list[Any] = group["rules"]
    return found


def test_nothing_for_monitoring_is_installed_unasked() -> None:
    kinds = {found["kind"] for found in render()}
    assert not kinds & {"ServiceMonitor", "PrometheusRule", "NetworkPolicy", "ResourceQuota"}
    assert [found["metadata"]["name"] for found in render().of_kind("ConfigMap")] == ["mcp-jobs-policy"]


def test_alerts_cover_what_an_operator_must_know() -> None:
    assert {rule["alert"] for rule in rules()} == ALERTS
    for rule in rules():
        assert rule["labels"]["severity"] in {"warning", "critical"}
        assert {"summary", "description"} == rule["annotations"].keys()


def test_alerts_use_metrics_of_the_helper_and_of_this_release_only() -> None:
    selector = f'namespace="{NAMESPACE}",service="all-values-admission"'
    for rule in rules():
        names = metrics(rule["expr"])
        assert names <= METRICS
        selected = re.findall(r"(?:mcp_jobs_\w+|\bup)\{([^}]*)\}", rule["expr"])
        assert len(selected) >= max(1, len(names))
        assert all(found.startswith(selector) for found in selected), rule["alert"]


def test_the_age_that_alerts_is_the_values() -> None:
    (rule,) = [rule for rule in rules() if rule["alert"] == "McpJobsMessageWaiting"]
    assert rule["expr"].endswith("> 60")


def test_a_look_is_late_after_several_sweeps_and_not_before_five_minutes() -> None:
    for sweep, late in ((15, 300), (600, 2400)):
        values = {"monitoring.prometheusRule.enabled": True, "admission.sweepSeconds": sweep}
        [group] = render(values).one("PrometheusRule")["spec"]["groups"]
        [rule] = [rule for rule in group["rules"] if rule["alert"] == "McpJobsNotLooking"]
        assert rule["expr"].endswith(f"> {late}")


def test_the_dashboard_uses_metrics_of_the_helper_and_all_of_them() -> None:
    expressions = [target["expr"] for panel in dashboard()["panels"] for target in panel["targets"]]
    used = set[str]().union(*map(metrics, expressions))
    assert used == METRICS


def test_the_panels_of_the_dashboard_do_not_overlap_and_are_explained() -> None:
    cells: set[tuple[int, int]] = set()
    for panel in dashboard()["panels"]:
        place = panel["gridPos"]
        own = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not own & cells, panel["title"]
        assert max(x for x, _ in own) < 24
        assert panel["description"].endswith(".")
        cells |= own


def test_prometheus_finds_the_helpers_metrics() -> None:
    release = render(
        {"monitoring.serviceMonitor.enabled": True, "monitoring.serviceMonitor.labels": {"a": "b"}}
    )
    monitor = release.one("ServiceMonitor")
    service = release.one("Service")
    assert monitor["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    (endpoint,) = monitor["spec"]["endpoints"]
    assert endpoint["port"] in {port["name"] for port in service["spec"]["ports"]}
    assert monitor["metadata"]["labels"]["a"] == "b"


def policy(name: str, **values: Any) -> Any:
    return render({"networkPolicy.enabled": True} | values).one("NetworkPolicy", name)["spec"]


def ports(rules: list[Any]) -> set[int]:
    return {port["port"] for rule in rules for port in rule["ports"]}


def test_a_runner_reaches_dns_and_kafka_and_nobody_reaches_it() -> None:
    values = {"kafka.brokers": "a:9092,b:19092", "networkPolicy.kafkaPorts": [9095]}
    spec = policy("-runner", **values)
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in spec, "an empty list would be written by each upgrade: the API server drops it"
    assert ports(spec["egress"]) == {53, 9092, 19092, 9095}


def test_a_runner_reaches_what_values_allow_besides() -> None:
    rule = {"ports": [{"port": 443, "protocol": "TCP"}], "to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}
    assert rule in policy("-runner", **{"networkPolicy.runnerEgress": [rule]})["egress"]


@pytest.mark.parametrize("component", ["runner", "init", "test"])
def test_whatever_speaks_kafka_in_a_job_is_under_the_runners_policy(component: str) -> None:
    (expression,) = policy("-runner")["podSelector"]["matchExpressions"]
    assert component in expression["values"]


def test_the_helper_is_reached_by_webhook_and_metrics_only() -> None:
    peers = [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}]
    spec = policy("-admission", **{"networkPolicy.metricsPeers": peers})
    assert ports(spec["ingress"]) == {8443, 9090}
    (metrics_rule,) = [rule for rule in spec["ingress"] if rule["ports"][0]["port"] == 9090]
    assert metrics_rule["from"] == peers
    assert ports(spec["egress"]) == {53, 443, 6443, 8443, 9092}


def test_only_the_helpers_replicas_reach_its_page() -> None:
    spec = policy("-admission", **{"admission.page.enabled": True})
    helpers = {"podSelector": spec["podSelector"]}
    [incoming] = [rule for rule in spec["ingress"] if 8080 in ports([rule])]
    [outgoing] = [rule for rule in spec["egress"] if 8080 in ports([rule])]
    assert incoming["from"] == outgoing["to"] == [helpers]


def test_network_policies_select_the_pods_they_are_for() -> None:
    release = render({"networkPolicy.enabled": True})
    runner = release.one("ScaledJob")["spec"]["jobTargetRef"]["template"]["metadata"]["labels"]
    helper = release.one("Deployment")["spec"]["template"]["metadata"]["labels"]
    assert policy("-admission")["podSelector"]["matchLabels"].items() <= helper.items()
    assert policy("-runner")["podSelector"]["matchLabels"].items() <= runner.items()
    assert runner["app.kubernetes.io/component"] == "runner"


def test_kafka_may_be_limited_to_peers() -> None:
    peers = [{"ipBlock": {"cidr": "10.20.0.0/16"}}]
    spec = policy("-runner", **{"networkPolicy.kafkaPeers": peers})
    (rule,) = [rule for rule in spec["egress"] if rule["ports"][0]["port"] == 9092]
    assert rule["to"] == peers


def test_a_quota_is_what_values_say() -> None:
    release = render(None, CHART / "values-multi-tenant.yaml")
    assert release.one("ResourceQuota")["spec"]["hard"]["pods"] == "80"


def test_the_rules_file_is_yaml_before_the_chart_fills_it_in() -> None:
    assert yaml.safe_load((CHART / "files" / "alerts.yaml").read_text(encoding="utf-8"))["groups"]

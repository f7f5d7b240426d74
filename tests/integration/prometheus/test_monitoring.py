"""Dashboard and alerts of the chart on a real Prometheus: queries have data, alerts fire when they should."""

import json
import math
import re
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import yaml
from kafka import KafkaAdminClient

from chart.render import render
from integration.kubernetes.api import JOBS
from integration.kubernetes.objects import job
from integration.prometheus.conftest import MESSAGE, Scene, rules
from mcp_jobs.adapters.kafka.messages import Message, produce
from mcp_jobs.core.failure import Failure, FailureClass
from mcp_jobs.core.report import WorkReport

pytestmark = pytest.mark.timeout(400)  # the first test waits for all that happens

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
#: what Grafana puts in for its variables
VARIABLES = {"$namespace": ".*", "$workload": ".*", "$__rate_interval": "5m", "$__range": "5m"}
#: alerts that must not fire before anything has gone wrong; others may, while a helper has just been started
NEVER_AT_REST = {
    "McpJobsDeadLetters",
    "McpJobsClaimsOrphaned",
    "McpJobsFrontierAlarm",
    "McpJobsPolicyInvalid",
}


def dashboard() -> Any:
    config = render({"monitoring.dashboard.enabled": True}).one("ConfigMap", "-dashboard")
    return json.loads(config["data"]["mcp-jobs.json"])


def filled(query: str) -> str:
    for name, value in VARIABLES.items():
        query = query.replace(name, value)
    assert "$" not in query
    return query


def targets() -> list[dict[str, Any]]:
    return [target for panel in dashboard()["panels"] for target in panel["targets"]]


PANELS = {
    f"{panel['title']} {target['refId']}": target["expr"]
    for panel in dashboard()["panels"]
    for target in panel["targets"]
}
CHOICES = [variable["query"]["query"] for variable in dashboard()["templating"]["list"][1:]]
ALERTS = [rule["alert"] for rule in rules()[0]["rules"]]


def clock() -> Callable[[], int]:
    """Milliseconds; each look at it takes some."""
    ticks = count(int(time.time() * 1000), 50)
    return lambda: next(ticks)


def finish_messages(scene: Scene) -> None:
    """A failure, a success at the second attempt, a Job without a message, a Job that somebody deleted."""
    default, failure = scene.default, Failure(kind=FailureClass.TOOL, message="no", retriable=False)
    default.produce([MESSAGE])
    default.run(scene.pod(default, "broken"), work=lambda _: WorkReport(failure=failure), clock=clock())
    scene.api.finish("broken")
    header = ("traceparent", f"00-{TRACE}-00f067aa0ba902b7-01".encode())
    produce(default.config, default.topic, [Message(MESSAGE, headers=(header,))])
    first = scene.pod(default, "again")
    default.claimed(first)
    default.run(default.me(first.job_uid, scope=first.scope, job=first.job), clock=clock())
    scene.api.finish("again")
    scene.api.create(job("empty"))
    scene.api.finish("empty")
    default.produce([MESSAGE])
    default.claimed(scene.pod(default, "deleted"))
    scene.api.delete(JOBS.path("deleted") + "?propagationPolicy=Background")
    scene.see('mcp_jobs_orphans_settled_total{workload="default"} > 0')


def leave_an_orphan(scene: Scene) -> None:
    """A dead Job's message that can't be settled: its topic of dead letters is missing."""
    scene.stuck.produce([MESSAGE])
    scene.stuck.claimed(scene.pod(scene.stuck, "lost", "stuck"))
    scene.api.delete(JOBS.path("lost") + "?propagationPolicy=Background")
    scene.alert("McpJobsClaimsOrphaned")


def let_messages_wait(scene: Scene) -> None:
    """More and more, while the only Job that the cap allows is busy."""
    scene.default.produce([MESSAGE])
    scene.default.claimed(scene.pod(scene.default, "busy"))
    for number in range(1, 4):
        scene.default.produce([MESSAGE, MESSAGE])
        scene.see(f'sum(max by (partition) (mcp_jobs_lag{{workload="default"}})) == {2 * number}')
    scene.alert("McpJobsCapSaturated", "McpJobsLagGrowing", "McpJobsMessageWaiting")


CONSUME = """
import sys
from kafka import KafkaConsumer
brokers, topic, group = sys.argv[1:]
consumer = KafkaConsumer(topic, bootstrap_servers=brokers, group_id=group, enable_auto_commit=False)
while True:
    consumer.poll(timeout_ms=200)
"""


def use_the_group(scene: Scene) -> None:
    """Somebody consumes with the group that holds the frontier."""
    default = scene.default
    arguments = (default.brokers, default.topic, default.group)
    with subprocess.Popen([sys.executable, "-W", "ignore", "-c", CONSUME, *arguments]) as consumer:
        scene.alert("McpJobsFrontierAlarm")
        consumer.kill()


def has_data(samples: list[dict[str, Any]]) -> bool:
    return any(not math.isnan(float(sample["value"][1])) for sample in samples)


def run_panels(scene: Scene) -> None:
    """Ask what the dashboard asks, until all of it has data, or some seconds have passed."""
    deadline = time.monotonic() + 20
    while True:
        scene.ran = {name: scene.prometheus.ask(filled(query)) for name, query in PANELS.items()}
        if all(map(has_data, scene.ran.values())) or time.monotonic() > deadline:
            return
        time.sleep(1)


@pytest.fixture(scope="module")
def after(scene: Scene, admin: KafkaAdminClient) -> Scene:
    """All that can go wrong has gone wrong, one thing after the other."""
    scene.see('mcp_jobs_lag{workload="default"}')
    scene.see('mcp_jobs_lag{workload="stuck"}')
    scene.at_rest = scene.prometheus.fired()
    finish_messages(scene)
    scene.alert("McpJobsDeadLetters")
    leave_an_orphan(scene)
    let_messages_wait(scene)
    scene.leader.write_policy("caps: [")
    scene.alert("McpJobsPolicyInvalid")
    use_the_group(scene)
    run_panels(scene)
    admin.delete_topics([scene.default.topic])
    scene.alert("McpJobsNotLooking")
    leader = scene.leader
    leader.kill()
    scene.alert("McpJobsNoLeader")
    for replica in scene.replicas:
        if replica is not leader:
            replica.kill()
    scene.alert("McpJobsHelperDown")
    scene.fired = scene.prometheus.fired()
    return scene


@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_of_the_dashboard_has_data(panel: str, after: Scene) -> None:
    assert has_data(after.ran[panel]), PANELS[panel]


def test_the_duration_of_a_message_leads_to_its_trace(after: Scene) -> None:
    query = next(target["expr"] for target in targets() if target.get("exemplar"))
    assert {"trace_id": TRACE} in after.prometheus.exemplars(filled(query))


@pytest.mark.parametrize("query", CHOICES)
def test_a_variable_of_the_dashboard_has_values(query: str, after: Scene) -> None:
    found = re.fullmatch(r"label_values\((?P<series>.*), (?P<label>\w+)\)", query)
    assert found
    ever = f"last_over_time({filled(found['series'])}[1h])"
    assert after.prometheus.ask(f"group by ({found['label']}) ({ever})")


@pytest.mark.parametrize("alert", ALERTS)
def test_an_alert_fires_once_it_should(alert: str, after: Scene) -> None:
    assert alert in after.fired


def test_nothing_that_counts_failures_fires_before_the_first(after: Scene) -> None:
    assert not after.at_rest & NEVER_AT_REST


def test_prometheus_takes_the_rules_as_the_chart_writes_them(tmp_path: Path) -> None:
    file = tmp_path / "rules.yml"
    file.write_text(yaml.safe_dump({"groups": rules()}), encoding="utf-8")
    done = subprocess.run(["promtool", "check", "rules", file], capture_output=True, text=True, check=False)
    assert f"{len(ALERTS)} rules found" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0

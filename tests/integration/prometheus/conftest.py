"""Two helpers that Prometheus scrapes, and everything that an operator is to be alerted of."""

import re
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from chart.render import render
from integration.claim.workload import Workload
from integration.kubernetes.api import Api
from integration.kubernetes.control_plane import ControlPlane
from integration.kubernetes.objects import NAMESPACE, RELEASE, job
from integration.kubernetes.replica import Replica
from integration.kubernetes.replicas import Starter
from integration.prometheus.server import Prometheus
from mcp_jobs.adapters.kafka.topics import create_topic
from mcp_jobs.core.claimant import Claimant
from mcp_jobs.core.entry import Scope
from mcp_jobs.local.broker import Broker

MESSAGE = b'{"jobId": "a", "payload": {"mcpServers": {"s": {"command": "s"}}}}'
POLICY = {"caps": {"global": 9, "workloads": {"default": 1}}}


def rules() -> Any:
    """The chart's alerts for this release; an unclaimed message is late after a second."""
    asked = {"monitoring.prometheusRule": {"enabled": True, "oldestUnclaimedSeconds": 1}}
    return render(asked, release=RELEASE).one("PrometheusRule")["spec"]["groups"]


def sooner(groups: Any) -> Any:
    """The same alerts without their patience: `for` is left out, and a look is late after five seconds."""
    return [{**group, "rules": [_sooner(rule) for rule in group["rules"]]} for group in groups]


def _sooner(rule: dict[str, Any]) -> dict[str, Any]:
    late = rule["alert"] == "McpJobsNotLooking"
    expr = re.sub(r"> 300$", "> 5", rule["expr"]) if late else rule["expr"]
    return {key: value for key, value in rule.items() if key != "for"} | {"expr": expr}


@dataclass
class Scene:
    """What is there. `ran`: what the panels' queries gave; `at_rest`, `fired`: alerts before and after."""

    kafka: Broker
    api: Api
    prometheus: Prometheus
    replicas: list[Replica]
    default: Workload
    stuck: Workload
    ran: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    at_rest: set[str] = field(default_factory=set)
    fired: set[str] = field(default_factory=set)

    @property
    def leader(self) -> Replica:
        """The replica that leads."""
        return next(replica for replica in self.replicas if replica.leads)

    def pod(self, workload: Workload, name: str, workload_name: str = "default") -> Claimant:
        """A new Job's pod."""
        created = self.api.create(job(name, workload=workload_name, tenant="acme"))["metadata"]
        return workload.me(created["uid"], scope=Scope("", NAMESPACE, workload_name), job=name)

    def see(self, query: str) -> None:
        """Wait until a query has a result."""
        self.prometheus.wait_until(query, lambda: bool(self.prometheus.ask(query)))

    def alert(self, *names: str) -> None:
        """Wait for alerts. That one is missing is told by its test."""
        with suppress(AssertionError):
            self.prometheus.wait_until(f"alert {names}", lambda: set(names) <= self.prometheus.fired(), 30)


@pytest.fixture(scope="module")
def scene(
    kafka: Broker,
    control_plane: ControlPlane,
    helper_kubeconfig: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Scene]:
    """Two helpers and their Prometheus."""
    api, directory = Api(control_plane.client()), tmp_path_factory.mktemp("prometheus")
    api.remove_all()
    default, stuck = (_workload(kafka, outcome_topics) for outcome_topics in (True, False))
    listed = [
        {"name": name, "topic": workload.topic, "group": workload.group, "tenant": "acme"}
        for name, workload in (("default", default), ("stuck", stuck))
    ]
    with ExitStack() as stack:
        stack.callback(api.remove_all)
        replicas = Starter(control_plane, api, helper_kubeconfig, directory, stack).start(
            POLICY,
            2,
            brokers=kafka.bootstrap_servers,
            workloads=listed,
            variables=lambda _: {"ADMISSION_SWEEP_SECONDS": "1"},
        )
        ports = [replica.metrics_port for replica in replicas]
        prometheus = Prometheus(directory / "server", ports, sooner(rules()))
        stack.callback(prometheus.stop)
        prometheus.wait_until_ready()
        yield Scene(kafka, api, prometheus, replicas, default, stuck)


def _workload(kafka: Broker, outcome_topics: bool) -> Workload:
    workload = Workload(kafka.bootstrap_servers, f"alerts-{uuid.uuid4().hex[:8]}", 2)
    topics = [workload.topics.messages, workload.topics.outcomes]
    for topic in topics + ([workload.topics.dead_letters] if outcome_topics else []):
        create_topic(workload.config, topic, partitions=2, settings={})
    workload.install()
    return workload

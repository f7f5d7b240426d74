"""The reconciler as the helper's leader runs it: real Kafka, real API server, files as mounted."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from integration.kubernetes.api import Api
from integration.kubernetes.objects import NAMESPACE, RELEASE, job
from integration.reconciler.conftest import MakeHelper
from mcp_jobs.adapters.kubernetes.client import Cluster
from mcp_jobs.adapters.kubernetes.resource import config_maps, jobs
from mcp_jobs.adapters.metrics import Metrics
from mcp_jobs.core.entry import Scope
from mcp_jobs.entrypoints.admission_reconciler import start_reconciler
from mcp_jobs.settings import AdmissionSettings

MESSAGE = b'{"jobId": "a", "payload": {"mcpServers": {"s": {"command": "s"}}}}'


@pytest.fixture
def settings(tmp_path: Path) -> AdmissionSettings:
    (tmp_path / "policy.yaml").write_text("orphans: {failed: requeue}", encoding="utf-8")
    return AdmissionSettings(
        namespace=NAMESPACE,
        release=RELEASE,
        sweep_seconds=60,
        policy_file=tmp_path / "policy.yaml",
        workloads_file=tmp_path / "workloads.yaml",
    )


def test_a_leader_reconciles_until_it_is_told_to_stop(
    make_helper: MakeHelper,
    api: Api,
    helper_cluster: Cluster,
    settings: AdmissionSettings,
    checkpoint: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    topic = make_helper().topic
    monkeypatch.setenv("KAFKA_BROKERS", topic.brokers)
    workload = {"name": "w", "topic": topic.topic, "group": topic.group}
    settings.workloads_file.write_text(yaml.safe_dump([workload]), encoding="utf-8")
    api.create(job("other"))
    created = api.create(job("mine"))["metadata"]
    scope = Scope("", NAMESPACE, "w")
    topic.produce([MESSAGE])
    topic.claimed(topic.me(created["uid"], scope=scope, job="mine"))
    metrics, stop, wake = Metrics(), threading.Event(), threading.Event()
    thread = threading.Thread(
        target=start_reconciler, args=(settings, helper_cluster, metrics, stop, wake), daemon=True
    )

    thread.start()
    wait_until(lambda: 'mcp_jobs_claimed{workload="w"} 1.0' in metrics.render()[0].decode())
    api.delete(jobs(NAMESPACE).path("mine") + "?propagationPolicy=Background")
    wake.set()
    wait_until(lambda: len(topic.records(topic.topic)) == 2)  # policy says requeue
    stop.set()
    thread.join(20)

    assert not thread.is_alive()
    assert topic.outcomes() == []
    rendered = metrics.render()[0].decode()
    assert 'mcp_jobs_orphans_settled_total{reason="deleted",workload="w"} 1.0' in rendered
    assert "mcp_jobs_claimed{" not in rendered
    assert api.cluster.read(config_maps(NAMESPACE), checkpoint)["data"].keys() == {"w.json"}


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)

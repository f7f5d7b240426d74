"""The page of the admission helper, in a real browser: real Kafka, real API server, two replicas."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from integration.claim.conftest import MakeWorkload, make_workload
from integration.claim.workload import Workload
from integration.kubernetes.api import Api
from integration.kubernetes.conftest import StartReplicas, start_replicas
from integration.kubernetes.objects import NAMESPACE, job
from integration.kubernetes.replica import Replica
from integration.page.browser import UNKNOWN, Browser
from mcp_jobs.core.claimant import Claimant
from mcp_jobs.core.entry import Scope
from mcp_jobs.core.failure import Failure, FailureClass
from mcp_jobs.core.report import WorkReport
from mcp_jobs.local.ports import free_ports

__all__ = ["make_workload", "start_replicas"]

POLICY = {"caps": {"global": 5, "tenants": {"acme": 2}, "workloads": {"idle": 3}}}
MESSAGE = b'{"jobId": "%s", "payload": {"mcpServers": {"s": {"command": "s"}}}}'
WHY = "<b>it</b> broke"


@pytest.fixture
def workload(make_workload: MakeWorkload) -> Workload:
    """Five messages in partition 0."""
    made = make_workload(2)
    made.produce(
        [MESSAGE % name for name in (b"first", b"second", b"third", b"fourth", b"fifth")], partition=0
    )
    return made


@pytest.fixture
def replicas(start_replicas: StartReplicas, workload: Workload) -> list[Replica]:
    """Two, on addresses of their own and one port, as pods have it."""
    [port] = free_ports(1)
    listed = [
        {"name": "default", "topic": workload.topic, "group": workload.group},
        {"name": "idle", "topic": f"{workload.topic}.none", "group": "none"},
    ]
    return start_replicas(
        POLICY,
        2,
        brokers=workload.brokers,
        workloads=listed,
        variables=lambda number: {
            "ADMISSION_POD_IP": f"127.0.0.{number + 1}",
            "ADMISSION_PAGE_ADDRESS": f"127.0.0.{number + 1}",
            "ADMISSION_PAGE_PORT": str(port),
            "ADMISSION_PAGE_HOSTS": "*",
            "ADMISSION_SWEEP_SECONDS": "1",
        },
    )


def pod(api: Api, workload: Workload, name: str) -> Claimant:
    """A new Job's pod."""
    created = api.create(job(name, tenant="acme"))["metadata"]
    return workload.me(created["uid"], scope=Scope("", NAMESPACE, "default"), job=name)


def url(replica: Replica) -> str:
    return f"http://{replica.variables['ADMISSION_PAGE_ADDRESS']}:{replica.variables['ADMISSION_PAGE_PORT']}/"


def fail(workload: Workload, me: Claimant) -> None:
    failure = Failure(kind=FailureClass.TOOL, message=WHY, retriable=False)
    workload.run(me, work=lambda _: WorkReport(failure=failure), clock=lambda: int(time.time() * 1000))


def shows(browser: Browser) -> Callable[[], bool]:
    """Whether the page has all that was done below."""
    return lambda: (
        browser.tiles().get("Unclaimed", ("", ""))[0] == "3"
        and browser.tiles()["In work"][0] == "1"
        and browser.tiles()["Active Jobs"] == ("1", "of 5 at most")
        and browser.tiles()["Failed in 2 hours"][0] == "1"
    )


def test_leader_and_standby_show_backlog_jobs_caps_and_failures_and_so_does_the_next_leader(
    replicas: list[Replica], workload: Workload, api: Api, browser: Browser
) -> None:
    fail(workload, pod(api, workload, "broken"))
    workload.claimed(pod(api, workload, "busy"))
    api.finish("broken")
    leader, standby = sorted(replicas, key=lambda replica: not replica.leads)
    for replica in (leader, standby):
        browser.open(url(replica))
        browser.wait_until("all numbers", shows(browser))
        assert browser.tiles()["Unclaimed"][1].startswith("oldest: ")
        assert browser.texts("#workloads tr:nth-child(1) td")[0] == "default"
        assert browser.texts("#workloads tr:nth-child(2) td") == ["idle", UNKNOWN, UNKNOWN, UNKNOWN, "0"]
        assert browser.texts("#caps .cap") == [
            "all Jobs\n1 of 5", "workload idle\n0 of 3", "tenant acme\n1 of 2",
        ]  # fmt: skip
        assert browser.text("#failures").startswith("first")
        assert WHY in browser.text("#failures")
        assert browser.text("#where") == f"mcp-jobs in namespace {NAMESPACE}"

    leader.kill()
    browser.wait_until("trouble", lambda: "does not answer" in browser.text("#problems"))
    browser.wait_until("the next leader's numbers", shows(browser), 60)
    assert WHY in browser.text("#failures")


def test_kafka_that_is_away_is_told(start_replicas: StartReplicas, tmp_path: Path, browser: Browser) -> None:
    nobody, port = free_ports(2)
    start_replicas(
        POLICY,
        brokers=f"127.0.0.1:{nobody}",
        workloads=[{"name": "default", "topic": "t", "group": "g"}],
        variables=lambda _: {"ADMISSION_PAGE_PORT": str(port), "KAFKA_REQUEST_TIMEOUT_SECONDS": "1"},
    )
    browser.open(f"http://127.0.0.1:{port}/")
    browser.wait_until("trouble", lambda: "no Kafka broker answers" in "".join(browser.texts("#problems")))
    assert browser.texts("#workloads td") == ["default", UNKNOWN, UNKNOWN, UNKNOWN, "0"]

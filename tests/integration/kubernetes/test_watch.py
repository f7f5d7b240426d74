"""The count follows a real API server, also one that was restarted and forgot where the watch was."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from loguru import logger

from integration.kubernetes.api import SELECTOR, Api
from integration.kubernetes.control_plane import ControlPlane
from integration.kubernetes.objects import NAMESPACE, job
from mcp_jobs.adapters.kubernetes.client import Cluster
from mcp_jobs.admission.job_count import JobCount
from mcp_jobs.core.reconcile import JobState


@pytest.fixture
def log() -> Iterator[list[str]]:
    """What is logged."""
    messages: list[str] = []
    sink = logger.add(lambda message: messages.append(message.record["message"]))
    yield messages
    logger.remove(sink)


@pytest.fixture
def count(helper_cluster: Cluster, api: Api) -> Iterator[JobCount]:
    """A count that runs."""
    count = JobCount(helper_cluster, NAMESPACE, SELECTOR)
    stop = threading.Event()
    threading.Thread(target=count.run, args=[stop], daemon=True).start()
    assert count.ready.wait(30)
    yield count
    stop.set()


def active(count: JobCount) -> int:
    with count.ledger() as ledger:
        return sum(ledger.active().values())


def wait_for(holds: Callable[[], bool], seconds: float = 30) -> None:
    """Wait for what only asking can tell."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_what_happens_to_jobs_is_counted(count: JobCount, api: Api) -> None:
    for name in ("a", "b", "c"):
        api.create(job(name))
    api.create(job("asleep", suspend=True))
    wait_for(lambda: active(count) == 3)
    api.finish("a")
    wait_for(lambda: active(count) == 2)
    views = {view.name: view.state for view in (count.views() or {}).values()}
    assert views.pop("a") is JobState.COMPLETE
    assert views == dict.fromkeys(("b", "c", "asleep"), JobState.ACTIVE)
    api.patch("b", {"spec": {"suspend": True}})
    wait_for(lambda: active(count) == 1)
    api.remove_all()
    wait_for(lambda: active(count) == 0)
    wait_for(lambda: count.views() == {})


def test_after_a_restart_of_the_api_server_the_jobs_are_listed_again(
    count: JobCount, api: Api, control_plane: ControlPlane, log: list[str]
) -> None:
    for name in ("a", "b"):
        api.create(job(name))
    wait_for(lambda: active(count) == 2)
    # Versions go on without the Jobs: the watch's last one is older than all that the new process knows.
    note = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "note-"}}
    api.apply(f"/api/v1/namespaces/{NAMESPACE}/configmaps", note)
    control_plane.restart_api_server()
    wait_for(lambda: any("listed again" in message and "too old" in message for message in log))
    api.create(job("c"))
    wait_for(lambda: active(count) == 3)
    assert any("is unreachable" in message for message in log)

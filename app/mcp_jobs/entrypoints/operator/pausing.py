"""`mcp-jobs pause`, `resume` and `drain`: whether KEDA makes Jobs for a workload."""

import time

from rich.console import Console

from mcp_jobs.adapters.kubernetes.client import Cluster, connect
from mcp_jobs.adapters.kubernetes.scaledjobs import ScaledJobs
from mcp_jobs.core.why import ScaledJobView
from mcp_jobs.entrypoints.files import InputError
from mcp_jobs.entrypoints.interruption import Interruption
from mcp_jobs.entrypoints.operator.desk import Desk
from mcp_jobs.local.view import plural

_POLL_SECONDS = 1.0


def pause(desk: Desk, paused: bool) -> str:
    """Stop KEDA, or let it go on; a sentence. Running Jobs go on. Raises InputError, ClusterError."""
    scaled, view = _find(desk, connect())
    if view.paused is paused:
        return f"{view.name} {'is paused already' if paused else 'is not paused'}"
    scaled.pause(view.name, paused)
    if paused:
        return f"{view.name} makes no more Jobs; those that run finish, messages wait in Kafka"
    return f"{view.name} goes on: KEDA looks at the lag now"


def drain(desk: Desk, seconds: float, console: Console) -> bool:
    """Pause, and wait until no message is claimed; whether that came within `seconds`."""
    console.print(pause(desk, paused=True), markup=False)
    deadline = time.monotonic() + seconds
    before = -1
    with Interruption() as interruption, interruption.held():
        while claimed := _claimed(desk):
            interruption.check()
            if claimed != before:
                console.print(f"{plural(claimed, 'message')} still run", markup=False)
                before = claimed
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL_SECONDS)
    console.print("No message is claimed and unfinished.")
    return True


def _claimed(desk: Desk) -> int:
    seen = desk.look()
    entries = [entry for p, _, _ in seen.ends.ends for _, entry in seen.entries(p)]
    return sum(len(entry.open_offsets) for entry in entries)


def _find(desk: Desk, cluster: Cluster) -> tuple[ScaledJobs, ScaledJobView]:
    scaled = ScaledJobs(cluster, desk.namespace)
    view = scaled.about(desk.topics.messages, desk.group)
    if view is None:
        raise InputError(
            f"no ScaledJob in namespace {desk.namespace} is about the topic {desk.topics.messages} and the"
            f" group {desk.group}: is --namespace right?"
        )
    return scaled, view

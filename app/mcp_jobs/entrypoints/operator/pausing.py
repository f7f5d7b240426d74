"""`mcp-jobs pause`, `resume` and `drain`: whether KEDA makes Jobs for a workload."""

import time

from mcp_jobs.core.why import ScaledJobView
from mcp_jobs.entrypoints.files import InputError
from mcp_jobs.entrypoints.interruption import Interruption
from mcp_jobs.entrypoints.operator.desk import Desk
from mcp_jobs.local.view import plural

#: seconds between two looks at the claims: Kafka tells nobody of a commit
_POLL_SECONDS = 1.0


def pause(desk: Desk, *, paused: bool) -> None:
    """Stop KEDA, or let it go on, and say so. Running Jobs go on. Raises InputError, ClusterError."""
    view = _find(desk)
    changed = view.paused is not paused
    if changed:
        desk.scaled_jobs.pause(view.name, paused)
    if desk.out.as_json:
        desk.out.json({"scaledJob": view.name, "paused": paused, "changed": changed})
    else:
        desk.out.say(_sentence(view.name, paused, changed))


def _sentence(name: str, paused: bool, changed: bool) -> str:
    if not changed:
        return f"{name} {'is paused already' if paused else 'is not paused'}"
    if paused:
        return f"{name} makes no more Jobs; those that run finish, messages wait in Kafka"
    return f"{name} goes on: KEDA looks at the lag now"


def drain(desk: Desk, seconds: float) -> bool:
    """Pause, and wait until no message is claimed; whether that came within `seconds`."""
    pause(desk, paused=True)
    deadline = time.monotonic() + seconds
    before = -1
    with Interruption() as interruption, interruption.held():
        while claimed := _claimed(desk):
            interruption.check()
            if claimed != before:
                _say(desk, claimed)
                before = claimed
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL_SECONDS)
    _say(desk, 0)
    return True


def _say(desk: Desk, claimed: int) -> None:
    if desk.out.as_json:
        desk.out.json({"claimed": claimed})
    elif claimed:
        desk.out.say(f"{plural(claimed, 'message')} still run")
    else:
        desk.out.say("No message is claimed and unfinished.")


def _claimed(desk: Desk) -> int:
    seen = desk.look()
    entries = [entry for p, _, _ in seen.ends.ends for _, entry in seen.entries(p)]
    return sum(len(entry.open_offsets) for entry in entries)


def _find(desk: Desk) -> ScaledJobView:
    view = desk.scaled_jobs.about(desk.topics.messages, desk.group)
    if view is None:
        raise InputError(
            f"no ScaledJob in namespace {desk.namespace} is about the topic {desk.topics.messages} and the"
            f" group {desk.group}: is --namespace right?"
        )
    return view

"""`mcp-jobs status`: shown once, or as it changes."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from mcp_jobs.core.errors import ProtocolError
from mcp_jobs.entrypoints.files import InputError
from mcp_jobs.entrypoints.interruption import Interruption
from mcp_jobs.entrypoints.operator.caps import rules
from mcp_jobs.entrypoints.operator.desk import Desk
from mcp_jobs.entrypoints.operator.last_hour import Outcomes
from mcp_jobs.entrypoints.operator.output import Output
from mcp_jobs.entrypoints.operator.status import Status, look
from mcp_jobs.local.view import plain, seconds

_REFRESH_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Unseen:
    """A workload that can't be looked at, and why."""

    topic: str
    group: str
    problem: str

    def to_json(self) -> dict[str, str]:
        """As a JSON object."""
        return {"topic": self.topic, "group": self.group, "problem": self.problem}


Found = Status | Unseen
Looks = Callable[[], list[Found]]


def status(desk: Desk, *, watch: bool, everything: bool) -> None:
    """Show the numbers of a workload or of its whole release, with `watch` until Ctrl-C.

    Raises ProtocolError, with `everything` after the others were shown; InputError where no helper has the
    workload, ClusterError.
    """
    desks = _release(desk) if everything else [desk]
    followed = [(each, Outcomes(each.tail(each.topics.outcomes))) for each in desks]

    def looks() -> list[Found]:
        return [_look(*each) if everything else look(*each) for each in followed]

    if watch:
        _watch(desk.out, looks)
        return
    found = looks()
    _show(desk.out, found)
    unseen = sum(isinstance(each, Unseen) for each in found)
    if unseen:
        raise ProtocolError(f"{unseen} of {len(found)} workloads can't be looked at")


def _look(desk: Desk, outcomes: Outcomes) -> Found:
    """One of several workloads: what is wrong with it must not hide the others."""
    try:
        return look(desk, outcomes)
    except ProtocolError as error:
        return Unseen(desk.topics.messages, desk.group, str(error))


def _release(desk: Desk) -> list[Desk]:
    known = rules(desk)
    if known is None:
        raise InputError(
            f"no admission helper in namespace {desk.namespace} has the topic {desk.topics.messages} with the"
            f" group {desk.group}, so what else belongs to its release is not known"
        )
    return [desk.of(workload) for workload in known.workloads]


def _show(out: Output, found: list[Found]) -> None:
    if out.as_json:
        for each in found:
            out.json(each.to_json())
    else:
        out.console.print(_pictures(found))


def _pictures(found: list[Found]) -> RenderableType:
    return Group(*(Group(picture(each), "") if len(found) > 1 else picture(each) for each in found))


def _watch(out: Output, looks: Looks) -> None:
    """As a picture that changes on a terminal; else one after the other, or as JSON lines."""
    with ExitStack() as stack:
        interruption = stack.enter_context(Interruption())
        stack.enter_context(interruption.held())
        live = Live(console=out.console, auto_refresh=False)
        changes = out.console.is_terminal and not out.as_json
        if changes:
            stack.enter_context(live)
        while True:
            found = looks()
            if changes:
                live.update(_pictures(found), refresh=True)
            else:
                _show(out, found)
            interruption.check()
            time.sleep(_REFRESH_SECONDS)
            interruption.check()


def picture(status: Found) -> RenderableType:
    """The numbers for a person."""
    head = Text(f"{plain(status.topic)}  (group {plain(status.group)})", "bold")
    if isinstance(status, Unseen):
        return Group(head, Text(plain(status.problem), "red"))
    rows = Table.grid(padding=(0, 2))
    for row in _rows(status):
        rows.add_row(*(Text(plain(cell)) for cell in row))
    return Group(head, rows, *(Text(plain(problem), "yellow") for problem in status.problems))


def _rows(status: Status) -> Iterator[tuple[object, ...]]:
    """What, how many, of what, and more about it."""
    unclaimed = sum(status.lag.values())
    by_partition = ", ".join(f"{p}: {lag}" for p, lag in sorted(status.lag.items()) if lag)
    oldest = f"the oldest for {seconds(status.oldest_unclaimed * 1000)}" if unclaimed else ""
    yield "unclaimed", unclaimed, oldest, f"by partition {by_partition}" if by_partition else ""
    yield "claimed", status.claimed, "messages that Jobs hold", ""
    if status.active is not None:
        yield from _jobs(status)
    kinds = ", ".join(f"{count} {name}" for name, count in sorted(status.outcomes.items()))
    yield "outcomes", sum(status.outcomes.values()), "in the last hour", kinds


def _jobs(status: Status) -> Iterator[tuple[object, ...]]:
    limit = "" if status.jobs.limit is None else f" of at most {status.jobs.limit} (maxReplicaCount)"
    starting = f"{status.starting} of them without a claim yet" if status.starting else ""
    yield "Jobs", status.active, f"active{limit}", starting
    for usage in status.jobs.caps or ():
        audit = " (policy.mode audit: not enforced)" if status.jobs.audits else ""
        yield "cap", usage.active, f"active of at most {usage.cap}", f"{usage}{audit}"
    yield "surplus", status.surplus, "Jobs of the last hour that found nothing to claim", ""

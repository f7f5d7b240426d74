"""`mcp-jobs claims`: which messages Jobs hold now, and which of those nobody will finish."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rich.table import Table

from mcp_jobs.core.death import JobView
from mcp_jobs.core.entry import Entry
from mcp_jobs.core.errors import McpJobsError
from mcp_jobs.core.reconcile import JobState
from mcp_jobs.entrypoints.operator.desk import Desk
from mcp_jobs.local.view import plain, plural

_MEANING = {
    JobState.ACTIVE: "running",
    JobState.COMPLETE: "orphan: its Job is complete",
    JobState.FAILED: "orphan: its Job has failed",
    JobState.GONE: "orphan: its Job is gone",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """An unfinished claim. `job` is None where Kubernetes could not be asked."""

    uid: str
    partition: int
    entry: Entry
    job: JobView | None

    @property
    def state(self) -> str:
        """Whether somebody works on it."""
        return _MEANING[self.job.state] if self.job else "unknown"

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return {
            "job": self.entry.job,
            "jobUid": self.uid,
            "pod": self.entry.holder.rpartition("/")[0],
            "attempt": self.entry.attempt,
            "partition": self.partition,
            "offsets": list(self.entry.open_offsets),
            "settled": len(self.entry.offsets) - len(self.entry.open_offsets),
            "state": self.state,
            "since": _iso(self.job.started) if self.job and self.job.started else None,
            "scope": [self.entry.scope.cluster, self.entry.scope.namespace, self.entry.scope.workload],
        }


def claims(desk: Desk) -> tuple[list[Claim], str]:
    """The claims with open messages, and why Kubernetes was not asked, if so. Raises ProtocolError."""
    seen = desk.look()
    held = [
        (uid, partition, entry)
        for partition, _, _ in seen.ends.ends
        for uid, entry in seen.entries(partition)
        if not entry.done
    ]
    jobs, problem = jobs_of(desk)
    found = [Claim(uid=u, partition=p, entry=e, job=_view(u, e, jobs)) for u, p, e in held]
    return sorted(found, key=lambda claim: (claim.partition, claim.entry.offsets)), problem


def jobs_of(desk: Desk) -> tuple[Mapping[str, JobView] | None, str]:
    """The Jobs of the namespace by uid; None, and why, where the API server does not answer."""
    try:
        return desk.jobs.all(), ""
    except McpJobsError as error:
        return None, str(error)


def _view(uid: str, entry: Entry, jobs: Mapping[str, JobView] | None) -> JobView | None:
    if jobs is None:
        return None
    return jobs.get(uid) or JobView(uid=uid, name=entry.job, state=JobState.GONE)


def show(desk: Desk) -> None:
    """One line for each. Raises ProtocolError."""
    found, problem = claims(desk)
    if desk.out.as_json:
        for claim in found:
            desk.out.json(claim.to_json())
        return
    if problem:
        desk.out.say(f"Whether the Jobs still run is not known: {problem}", "yellow")
    if not found:
        desk.out.say("No message is claimed and unfinished.")
        return
    desk.out.console.print(_table(found), markup=False)
    orphans = sum(claim.state.startswith("orphan") for claim in found)
    if orphans:
        desk.out.say(
            f"{plural(orphans, 'claim')} without a Job at work: the admission helper settles them with its"
            " next sweep. If they stay, see its log.",
            "yellow",
        )


def _table(found: Sequence[Claim]) -> Table:
    table = Table("partition", "offsets", "Job", "pod", "attempt", "since", "state", box=None, pad_edge=False)
    for claim in found:
        known = claim.to_json()
        offsets = ", ".join(map(str, known["offsets"][:5])) + (", …" if len(known["offsets"]) > 5 else "")
        cells = (known["job"], known["pod"], known["attempt"], known["since"] or "-", known["state"])
        table.add_row(str(claim.partition), offsets, *(plain(cell, 60) for cell in cells))
    return table


def _iso(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="seconds")

"""Who counts against the caps: active Jobs, and creates that were admitted and are not seen yet.

Pure: the API server's watch and the reviews come in as calls, time (seconds) as an argument. The promise: the
count is never below the truth, as long as everything that becomes active went through `reserve`.
"""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from mcp_jobs.core.cap import Full, Owner, owner_of
from mcp_jobs.core.job_object import JobObject
from mcp_jobs.core.policy import Caps, ScopeKind

#: The API server gives a request up after 60 s (--request-timeout): after that it writes nothing.
RESERVATION_SECONDS = 60.0


class Seen(NamedTuple):
    """What is kept of a Job: ten thousand of them are to fit into a few megabytes."""

    uid: str
    version: int
    owner: Owner
    mark: str
    suspended: bool
    finished: bool


def seen(job: JobObject) -> Seen:
    """What to keep of a Job."""
    return Seen(job.uid, job.version, owner_of(job), job.reservation, job.suspended, job.finished)


class _Reservation(NamedTuple):
    owner: Owner
    deadline: float
    after: int  #: only a later version of the Job can be the one that was admitted


class Ledger:
    """The count. A reservation is kept under the Job's mark, or under its uid where it is un-suspended."""

    def __init__(self) -> None:
        self._active: dict[str, Seen] = {}
        self._marks: set[str] = set()  #: of active Jobs: a mark is good for one Job
        self._reserved: dict[str, _Reservation] = {}  #: the oldest first
        self._used: Counter[tuple[ScopeKind, str]] = Counter()

    @property
    def reserved(self) -> int:
        """Admitted creates that are not seen yet."""
        return len(self._reserved)

    def active(self) -> Counter[Owner]:
        """Active Jobs by owner, as the API server has them."""
        return Counter(job.owner for job in self._active.values())

    def is_spent(self, mark: str) -> bool:
        """Whether a Job with this mark is active already."""
        return mark in self._marks

    def full(self, owner: Owner, key: str, caps: Caps) -> Full | None:
        """The first scope that has no room for one more; none where the key has its room already."""
        if key in self._reserved:  # the API server asks again, for example with another generated name
            return None
        for kind, name in owner.scopes:
            cap, used = caps.of(kind, name), self._used[kind, name]
            if cap is not None and used >= cap:
                return Full(kind, name, used, cap)
        return None

    def reserve(self, owner: Owner, key: str, *, now: float, after: int = 0) -> None:
        """Count a Job that is about to become active. `after`: its version, where it exists already."""
        self._release(key)
        self._reserved[key] = _Reservation(owner, now + RESERVATION_SECONDS, after)
        self._count(owner, 1)

    def see(self, job: Seen) -> None:
        """Take note of a Job as it is now."""
        self._release(job.mark)
        pending = self._reserved.get(job.uid)
        if pending and job.version > pending.after and not job.suspended:
            self._release(job.uid)
        if job.suspended or job.finished:
            self._drop(job.uid)
        elif job.uid not in self._active:
            self._active[job.uid] = job
            self._marks.add(job.mark)
            self._count(job.owner, 1)

    def forget(self, job: Seen) -> None:
        """Take note of a Job's deletion."""
        self._release(job.mark)
        self._release(job.uid)
        self._drop(job.uid)

    def replace(self, jobs: Iterable[Seen]) -> None:
        """Start again from a list of all Jobs. Reservations that it does not show stay."""
        for uid in list(self._active):
            self._drop(uid)
        for job in jobs:
            self.see(job)

    def has_late(self, now: float) -> bool:
        """Whether a reservation's Job should have been seen by now, if it exists."""
        return bool(self._reserved) and next(iter(self._reserved.values())).deadline <= now

    def expire(self, complete_until: float) -> None:
        """Drop late reservations. What was written until `complete_until` must have been seen by now."""
        while self.has_late(complete_until):
            self._release(next(iter(self._reserved)))

    def _drop(self, uid: str) -> None:
        job = self._active.pop(uid, None)
        if job:
            self._marks.discard(job.mark)
            self._count(job.owner, -1)

    def _release(self, key: str) -> None:
        reservation = self._reserved.pop(key, None)
        if reservation:
            self._count(reservation.owner, -1)

    def _count(self, owner: Owner, step: int) -> None:
        for scope in owner.scopes:
            self._used[scope] += step

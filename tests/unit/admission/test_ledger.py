"""The count against a model of the API server: whatever comes in whatever order, the cap holds."""

import random
from dataclasses import dataclass, field
from typing import TypeVar

import pytest

from mcp_jobs.core.cap import Owner
from mcp_jobs.core.ledger import RESERVATION_SECONDS, Ledger, Seen, seen
from mcp_jobs.core.policy import Caps
from unit.admission.jobs import ended, job

CAP = 2
CAPS = Caps.model_validate({"global": CAP})
OWNER = Owner("default", "acme")
T = TypeVar("T")


@dataclass
class _Write:
    """A request of the API server that both webhooks let pass, until it is written or given up."""

    uid: str
    mark: str
    version: int  #: of the Job it changes, 0 for a create
    asked_at: float


@dataclass
class _Server:
    """The API server: Jobs, and the events that a watch gets to see."""

    version: int = 10
    jobs: dict[str, Seen] = field(default_factory=dict)
    events: list[tuple[str, Seen]] = field(default_factory=list)

    def write(self, kind: str, entry: Seen) -> None:
        self.version += 1
        entry = entry._replace(version=self.version)
        self.events.append((kind, entry))
        if kind == "DELETED":
            del self.jobs[entry.uid]
        else:
            self.jobs[entry.uid] = entry

    @property
    def active(self) -> list[Seen]:
        return [entry for entry in self.jobs.values() if not entry.suspended and not entry.finished]


class _Walk:
    """Reviews, writes, watch events and lists in a random order; the watch lags, and breaks."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.server = _Server()
        self.ledger = Ledger()
        self.now = 0.0
        self._writes: list[_Write] = []
        self._delivered = 0
        self._number = 0
        self.steps: list[str] = []
        # A walk that has few kinds of step gets further with them ("swarm testing").
        rare = [
            self.create_suspended,
            self.given_up,
            self.touched,
            self.finished,
            self.suspended,
            self.let_go,
        ]
        rare += [self.deleted, self.listed, self.time_passes]
        often = [self.create, self.written, self.watched]
        self._moves = often + self._random.sample(rare, self._random.randint(2, len(rare)))

    def step(self) -> None:
        move = self._random.choice(self._moves)
        self.steps.append(move.__name__)
        move()

    def create(self) -> None:
        self._number += 1
        uid, mark = f"uid-{self._number}", f"mark-{self._number}"
        self._admit(mark, _Write(uid, mark, 0, self.now))

    def create_suspended(self) -> None:
        self._number += 1
        uid, mark = f"uid-{self._number}", f"mark-{self._number}"
        self.server.write("ADDED", Seen(uid, 0, OWNER, mark, suspended=True, finished=False))

    def let_go(self) -> None:
        asleep = [entry for entry in self.server.jobs.values() if entry.suspended]
        for entry in self._one(asleep):
            self._admit(entry.uid, _Write(entry.uid, entry.mark, entry.version, self.now))

    def written(self) -> None:
        """A write comes through, unless it is too late, or the Job was changed meanwhile."""
        for write in self._one(self._writes):
            self._writes.remove(write)
            before = self.server.jobs.get(write.uid)
            late = self.now >= write.asked_at + RESERVATION_SECONDS
            if not late and (before.version if before else 0) == write.version:
                entry = Seen(write.uid, 0, OWNER, write.mark, suspended=False, finished=False)
                self.server.write("MODIFIED" if before else "ADDED", entry)

    def given_up(self) -> None:
        """A write fails: a quota, a time-out, a name that is taken."""
        for write in self._one(self._writes):
            self._writes.remove(write)

    def touched(self) -> None:
        for entry in self._one(self.server.active):
            self.server.write("MODIFIED", entry)

    def finished(self) -> None:
        for entry in self._one(self.server.active):
            self.server.write("MODIFIED", entry._replace(finished=True))

    def suspended(self) -> None:
        for entry in self._one(self.server.active):
            self.server.write("MODIFIED", entry._replace(suspended=True))

    def deleted(self) -> None:
        for entry in self._one(list(self.server.jobs.values())):
            self.server.write("DELETED", entry)

    def watched(self) -> None:
        if self._delivered < len(self.server.events):
            kind, entry = self.server.events[self._delivered]
            self._delivered += 1
            (self.ledger.forget if kind == "DELETED" else self.ledger.see)(entry)

    def listed(self) -> None:
        self.ledger.replace(list(self.server.jobs.values()))
        self.ledger.expire(self.now)
        self._delivered = len(self.server.events)

    def time_passes(self) -> None:
        self.now += self._random.choice([1.0, 30.0, RESERVATION_SECONDS])

    def _admit(self, key: str, write: _Write) -> None:
        if not self.ledger.full(OWNER, key, CAPS):
            self.ledger.reserve(OWNER, key, now=self.now, after=write.version)
            self._writes.append(write)

    def _one(self, things: list[T]) -> list[T]:
        return [self._random.choice(things)] if things else []


@pytest.mark.parametrize("seed", range(10))
def test_the_cap_holds_whatever_happens_in_whatever_order(seed: int) -> None:
    for number in range(400):
        walk = _Walk(seed * 1_000 + number)
        for _ in range(60):
            walk.step()
            assert len(walk.server.active) <= CAP, walk.steps
            counted = sum(walk.ledger.active().values()) + walk.ledger.reserved
            full = walk.ledger.full(OWNER, "new", Caps.model_validate({"global": 0}))
            assert full
            assert full.used == counted, walk.steps


def test_a_reservation_ends_when_its_job_is_seen() -> None:
    ledger = Ledger()
    ledger.reserve(OWNER, "mark-1", now=0)
    ledger.see(seen(job(version=5)))
    assert (ledger.reserved, ledger.active()) == (0, {OWNER: 1})
    assert ledger.is_spent("mark-1")
    ledger.see(seen(job(version=6, status=ended("Failed"))))
    assert ledger.active() == {}
    assert not ledger.is_spent("mark-1")


def test_a_reservation_expires_only_by_what_was_seen_after_its_end() -> None:
    ledger = Ledger()
    ledger.reserve(OWNER, "mark-1", now=100)
    assert not ledger.has_late(100 + RESERVATION_SECONDS - 1)
    assert ledger.has_late(100 + RESERVATION_SECONDS)
    ledger.expire(100 + RESERVATION_SECONDS - 1)
    assert ledger.reserved == 1
    ledger.expire(100 + RESERVATION_SECONDS)
    assert ledger.reserved == 0


def test_an_old_event_does_not_end_the_reservation_of_a_job_that_is_let_go_again() -> None:
    ledger = Ledger()
    ledger.reserve(OWNER, "uid-1", now=0, after=7)
    ledger.see(seen(job(version=6)))
    ledger.see(seen(job(version=7, suspend=True)))
    assert ledger.reserved == 1
    ledger.see(seen(job(version=8)))
    assert (ledger.reserved, sum(ledger.active().values())) == (0, 1)


@pytest.mark.parametrize("suspended", [True, False])
def test_a_list_forgets_who_is_gone_and_keeps_who_was_not_written_yet(suspended: bool) -> None:
    ledger = Ledger()
    ledger.see(seen(job("old", mark="a", version=5)))
    ledger.reserve(OWNER, "b", now=0)
    ledger.replace([seen(job("new", mark="c", version=9, suspend=suspended))])
    assert sum(ledger.active().values()) == (0 if suspended else 1)
    assert not ledger.is_spent("a")
    assert ledger.reserved == 1

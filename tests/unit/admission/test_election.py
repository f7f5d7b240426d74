"""Who may lead: two candidates, one Lease, and clocks that are not compared."""

import threading
from dataclasses import replace
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_jobs.adapters.kubernetes.errors import ClusterError, Conflict, Unreachable
from mcp_jobs.adapters.kubernetes.lease import Lease
from mcp_jobs.admission.elector import Elector
from mcp_jobs.admission.term import Term
from mcp_jobs.core.election import Holding, Sighting, address, identity, leads_until, may_lead, sight

LEASE = 15.0


class World:
    """A Lease in memory, and the time. A request takes `delay` seconds before and after it is served."""

    def __init__(self) -> None:
        self.now = 0.0
        self.delay = 0.0
        self.holding: Holding | None = None
        self.failure: ClusterError | None = None
        self._version = 0

    def clock(self) -> float:
        return self.now

    def read(self, *, timeout: float) -> Holding | None:
        self._serve()
        return self.holding

    def take(self, last: Holding | None, me: str, seconds: float, *, timeout: float) -> Holding:
        self.now += self.delay
        self._serve()
        if last != self.holding:
            raise Conflict("somebody else was quicker")
        self._version += 1
        self.holding = Holding(me, seconds, str(self._version))
        self.now += self.delay
        return self.holding

    def resign(self, last: Holding, *, timeout: float) -> None:
        self.take(last, "", 1, timeout=timeout)

    def _serve(self) -> None:
        if self.failure:
            raise self.failure


class FakeTerm:
    """A term that notes its end."""

    def __init__(self) -> None:
        self.ended = False

    def end(self, *, wait: float = 0) -> None:
        self.ended = True


class Candidate:
    """An elector with the terms it began."""

    def __init__(self, world: World, name: str) -> None:
        self.terms: list[FakeTerm] = []

        def begin_term() -> Term:
            self.terms.append(FakeTerm())
            return cast(Term, self.terms[-1])

        self.elector = Elector(
            cast(Lease, world), name, lease_seconds=LEASE, begin_term=begin_term, clock=world.clock
        )

    @property
    def leads(self) -> bool:
        return self.elector.term() is not None


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def candidates(world: World) -> tuple[Candidate, Candidate]:
    return Candidate(world, "a_10.0.0.1:8443"), Candidate(world, "b_10.0.0.2:8443")


def test_the_first_to_look_leads_and_the_other_knows_where(
    candidates: tuple[Candidate, Candidate],
) -> None:
    a, b = candidates
    a.elector.step()
    b.elector.step()
    assert (a.leads, b.leads) == (True, False)
    assert (a.elector.leader(), b.elector.leader()) == ("", "10.0.0.1:8443")


def test_a_leader_that_renews_keeps_its_term(world: World, candidates: tuple[Candidate, Candidate]) -> None:
    a, b = candidates
    for _ in range(20):
        a.elector.step()
        b.elector.step()
        world.now += 3
        assert a.leads
        assert not b.leads
    assert len(a.terms) == 1


def test_a_silent_leader_lets_go_before_another_may_follow(
    world: World, candidates: tuple[Candidate, Candidate]
) -> None:
    a, b = candidates
    a.elector.step()
    b.elector.step()
    world.now = LEASE * 2 / 3
    assert not a.leads
    b.elector.step()
    assert not b.leads
    world.now = LEASE
    b.elector.step()
    assert b.leads
    a.elector.step()
    assert not a.leads
    assert a.terms[0].ended
    assert a.elector.leader() == "10.0.0.2:8443"


def test_a_lease_counts_from_before_its_write_was_sent(
    world: World, candidates: tuple[Candidate, Candidate]
) -> None:
    a, _ = candidates
    world.delay = 4
    a.elector.step()
    assert world.now == 8
    world.now = LEASE * 2 / 3
    assert not a.leads


def test_a_lease_that_was_deleted_ends_the_term(
    world: World, candidates: tuple[Candidate, Candidate]
) -> None:
    a, _ = candidates
    a.elector.step()
    world.holding = None
    a.elector.step()
    assert a.terms[0].ended
    assert a.leads
    assert len(a.terms) == 2


def test_a_leader_without_its_api_server_tells_why_and_lets_go(
    world: World, candidates: tuple[Candidate, Candidate]
) -> None:
    a, _ = candidates
    a.elector.step()
    assert a.elector.problem == ""
    world.failure = Unreachable("the API server is unreachable: no route")
    world.now = 9
    a.elector.step()
    assert a.leads
    assert not a.terms[0].ended
    world.now = 10
    a.elector.step()
    assert not a.leads
    assert a.terms[0].ended
    assert a.elector.problem == "the API server is unreachable: no route"
    assert a.elector.current
    world.now = LEASE
    assert not a.elector.current


def test_who_loses_the_race_for_the_lease_waits(
    world: World, candidates: tuple[Candidate, Candidate]
) -> None:
    a, b = candidates
    a.elector.step()
    seen_by_b = world.holding
    world.now = LEASE
    assert seen_by_b
    world.holding = replace(seen_by_b, version="99")
    b.elector.step()
    assert not b.leads
    world.now += LEASE
    b.elector.step()
    assert b.leads


def test_a_leader_that_is_stopped_resigns(world: World, candidates: tuple[Candidate, Candidate]) -> None:
    a, b = candidates
    a.elector.step()
    stop = threading.Event()
    stop.set()
    a.elector.run(stop)
    assert not a.leads
    assert a.terms[0].ended
    b.elector.step()
    assert b.leads


@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "b"]), st.floats(0, 8), st.floats(0, 6), st.booleans()),
        max_size=60,
    )
)
def test_never_do_two_lead_at_once(steps: list[tuple[str, float, float, bool]]) -> None:
    world = World()
    by_name = {"a": Candidate(world, "a"), "b": Candidate(world, "b")}
    for who, pause, delay, broken in steps:
        world.now += pause
        world.delay = delay
        world.failure = Unreachable("down") if broken else None
        by_name[who].elector.step()
        assert not (by_name["a"].leads and by_name["b"].leads)


@pytest.mark.parametrize(
    ("holder", "since", "now", "me", "may"),
    [
        (None, 0, 0, "me", True),
        ("", 0, 0, "me", True),
        ("me", 0, 1, "me", True),
        ("other", 0, 14.9, "me", False),
        ("other", 0, 15, "me", True),
    ],
)
def test_who_may_lead(holder: str | None, since: float, now: float, me: str, may: bool) -> None:
    holding = None if holder is None else Holding(holder, LEASE, "1")
    assert may_lead(Sighting(holding, since), me, now) is may


def test_a_sighting_is_as_old_as_the_last_change() -> None:
    first = sight(None, Holding("a", LEASE, "1"), 5)
    assert sight(first, Holding("a", LEASE, "1"), 9).since == 5
    assert sight(first, Holding("a", LEASE, "2"), 9).since == 9
    assert leads_until(5, LEASE) == 15


@pytest.mark.parametrize(
    ("pod", "host", "where"),
    [("p-1", "10.0.0.1", "10.0.0.1:8443"), ("p_1", "fd00::1", "[fd00::1]:8443")],
)
def test_a_holder_says_where_it_answers(pod: str, host: str, where: str) -> None:
    assert address(identity(pod, host, 8443)) == where


def test_a_holder_of_somebody_else_s_making_has_no_address() -> None:
    assert address("kubectl") == ""
    assert address("some_body") == ""

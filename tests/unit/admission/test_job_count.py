"""Keeping the count in step with an API server that forgets, breaks and refuses."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

import pytest

from mcp_jobs.adapters.kubernetes.client import Cluster
from mcp_jobs.adapters.kubernetes.errors import ClusterError, Forbidden, Gone, Unreachable
from mcp_jobs.adapters.kubernetes.resource import Resource
from mcp_jobs.admission.job_count import JobCount
from mcp_jobs.core.cap import Owner
from mcp_jobs.core.ledger import RESERVATION_SECONDS
from mcp_jobs.core.reconcile import JobState
from unit.admission.jobs import Tree, tree

OWNER = Owner("default", "acme")
GONE = {"type": "ERROR", "object": {"kind": "Status", "code": 410, "message": "too old resource version"}}


def added(uid: str, version: int, **changes: Any) -> Tree:
    return {"type": "ADDED", "object": tree(uid, mark=f"mark-{uid}", version=version, **changes)}


def bookmark(version: int) -> Tree:
    return {"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": str(version)}}}


class Scripted:
    """An API server that plays a script: pages to answer lists, lines or an error for each watch.

    When the script is over it stops the count.
    """

    def __init__(
        self, lists: list[list[Tree] | ClusterError], watches: list[list[Tree] | ClusterError]
    ) -> None:
        self._lists = lists
        self._watches = watches
        self.stop = threading.Event()
        self.watched: list[str] = []  #: the versions that watches went on from
        self.listed = 0
        self.on_list: Callable[[], None] = lambda: None

    def pages(self, resource: Resource, **query: str) -> Iterator[Tree]:
        assert query == {"labelSelector": "ours=true"}
        self.on_list()
        answer = self._lists.pop(0)
        if isinstance(answer, ClusterError):
            raise answer
        self.listed += 1
        for item in answer:
            yield {"metadata": {"resourceVersion": "100"}, "items": [item]}
        yield {"metadata": {"resourceVersion": "100"}, "items": []}

    @contextmanager
    def watch(self, resource: Resource, query: Mapping[str, str], *, silence: float) -> Iterator["Scripted"]:
        assert query["allowWatchBookmarks"] == "true"
        self.watched.append(query["resourceVersion"])
        answer = self._watches.pop(0)
        if isinstance(answer, ClusterError):
            if not self._watches:
                self.stop.set()
            raise answer
        self._body = b"".join(json.dumps(line).encode() + b"\n" for line in answer)
        yield self
        if not self._watches:
            self.stop.set()

    def stream(self, amount: int | None) -> Iterator[bytes]:
        for start in range(0, len(self._body), 700):  # lines do not end where chunks do
            yield self._body[start : start + 700]


def run(server: Scripted, on_bad_end: Callable[[], None] = lambda: None) -> JobCount:
    """Run to the end of the script."""
    count = JobCount(cast(Cluster, server), "mcp", "ours=true", on_bad_end=on_bad_end, clock=lambda: 0.0)
    count.run(server.stop)
    return count


def active(count: JobCount) -> int:
    with count.ledger() as ledger:
        return sum(ledger.active().values())


def test_a_list_and_what_happens_after_it_are_counted() -> None:
    events = [added("b", 101), bookmark(105), {"type": "DELETED", "object": tree("a", version=106)}]
    server = Scripted([[tree("a"), tree("old", suspend=True)]], [events, []])
    count = run(server)
    assert active(count) == 1
    assert count.ready.is_set()
    assert server.watched == ["100", "106"]


@pytest.mark.parametrize(
    ("kind", "condition", "bad"),
    [
        ("MODIFIED", None, False),
        ("MODIFIED", "SuccessCriteriaMet", False),
        ("MODIFIED", "Complete", False),
        ("MODIFIED", "Failed", True),
        ("DELETED", None, True),
        ("DELETED", "Failed", True),
        ("DELETED", "Complete", False),
    ],
)
def test_only_a_job_that_leaves_something_to_settle_is_told(
    kind: str, condition: str | None, bad: bool
) -> None:
    told: list[None] = []
    job = tree("a", version=101)
    if condition:
        job["status"] = {"conditions": [{"type": condition, "status": "True"}]}
    run(Scripted([[]], [[{"type": kind, "object": job}], []]), on_bad_end=lambda: told.append(None))
    assert bool(told) == bad


def test_the_jobs_themselves_are_known_until_they_are_deleted() -> None:
    failed = tree("a", version=102)
    failed["status"] = {"conditions": [{"type": "Failed", "status": "True", "reason": "DeadlineExceeded"}]}
    events = [
        added("b", 101),
        {"type": "MODIFIED", "object": failed},
        {"type": "DELETED", "object": tree("c", version=103)},
    ]
    count = run(Scripted([[tree("a"), tree("c")]], [events, []]))

    views = count.views()
    assert views is not None
    assert {uid: (view.state, view.reason) for uid, view in views.items()} == {
        "a": (JobState.FAILED, "DeadlineExceeded"),
        "b": (JobState.ACTIVE, ""),
    }


def test_a_new_list_replaces_the_jobs_that_are_known() -> None:
    count = run(Scripted([[tree("a")], [tree("b")]], [[GONE], []]))
    assert set(count.views() or ()) == {"b"}


def test_no_job_is_known_before_the_list_and_while_the_api_server_is_not_followed() -> None:
    count = JobCount(cast(Cluster, None), "mcp", "ours=true")
    assert count.views() is None

    assert run(Scripted([[tree("a")]], [[], Unreachable("no route")])).views() is None


def test_a_forgotten_version_leads_to_a_new_list() -> None:
    server = Scripted([[tree("a")], [tree("b"), tree("c")]], [[added("x", 101), GONE], []])
    count = run(server)
    assert active(count) == 2
    assert server.watched == ["100", "100"]
    assert server.listed == 2


def test_a_watch_that_is_refused_with_gone_leads_to_a_new_list() -> None:
    server = Scripted([[tree("a")], []], [Gone("410: too old"), []])
    assert active(run(server)) == 0
    assert server.listed == 2


def test_a_broken_watch_goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mcp_jobs.admission.job_count._RETRY_SECONDS", 0.001)
    server = Scripted([[]], [[added("a", 103)], Unreachable("no route"), [added("b", 104)]])
    count = run(server)
    assert active(count) == 2
    assert server.watched == ["100", "103", "103"]
    assert server.listed == 1
    assert count.problem == ""


def test_what_is_forbidden_is_told_and_nothing_is_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mcp_jobs.admission.job_count._RETRY_SECONDS", 0.001)
    server = Scripted([Forbidden("forbidden to list jobs"), Forbidden("forbidden to list jobs")], [])
    count = JobCount(cast(Cluster, server), "mcp", "ours=true")
    told = []

    def note() -> None:
        told.append(count.problem)
        if len(told) == 2:
            server.stop.set()

    server.on_list = note
    count.run(server.stop)
    assert told == ["", "forbidden to list jobs"]
    assert not count.ready.is_set()


def test_room_for_a_job_that_never_came_is_free_again_after_a_list_proves_it() -> None:
    times = iter([0.0, 1.0, RESERVATION_SECONDS + 2, RESERVATION_SECONDS + 3, RESERVATION_SECONDS + 4])
    server = Scripted([[], []], [[], [], []])
    count = JobCount(cast(Cluster, server), "mcp", "ours=true", clock=lambda: next(times))

    def reserve() -> None:
        if server.listed == 0:
            with count.ledger() as ledger:
                ledger.reserve(OWNER, "never", now=0.5)

    server.on_list = reserve
    count.run(server.stop)
    assert server.listed == 2
    with count.ledger() as ledger:
        assert ledger.reserved == 0

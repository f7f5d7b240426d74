"""The loop around the sweeps: what stops one, and what does not stop the others."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from integration.reconciler.surroundings import Jobs, Metrics
from mcp_jobs.core.errors import ProtocolError
from mcp_jobs.reconciler.loop import KafkaOf, Reconciler
from mcp_jobs.reconciler.workload import Workload, WorkloadsError, read_workloads

TREE = [{"name": name, "topic": f"t-{name}", "group": f"g-{name}"} for name in ("a", "b")]


def workloads(tree: object = TREE) -> tuple[Workload, ...]:
    return read_workloads(tree, cluster="c", namespace="n")


def nowhere(_: Workload) -> Any:
    """A Kafka that nobody asks."""


class FakeSweep:
    """Notes what it is asked to do, and fails where it is told to."""

    def __init__(self, workload: Workload, log: list[str], failing: set[str]) -> None:
        self.workload = workload
        self._log = log
        self._failing = failing

    def _do(self, what: str) -> None:
        self._log.append(f"{what} {self.workload.name}")
        if self._log[-1] in self._failing:
            raise ProtocolError(f"no {what}")

    def look(self, kafka: object) -> str:
        self._do("look")
        return "seen"

    def count(self, kafka: object) -> None:
        self._do("count")

    def settle(self, kafka: object, seen: str, cluster: object) -> None:
        self._do("settle")


class Bench:
    """A reconciler with sweeps that are none."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.failing: set[str] = set()
        self.jobs = Jobs()
        self.metrics = Metrics()
        self.list: Any = workloads
        self.reconciler = Reconciler(self._workloads, self._begin, self.jobs, self.metrics)

    def _workloads(self) -> tuple[Workload, ...]:
        found: tuple[Workload, ...] = self.list()
        return found

    def _begin(self, workload: Workload) -> Any:
        self.log.append(f"begin {workload.name}")
        return FakeSweep(workload, self.log, self.failing)

    def sweep(self) -> bool:
        self.log.clear()
        return self.reconciler.sweep(nowhere)


def test_every_workload_is_looked_at_before_kubernetes_is_asked() -> None:
    bench = Bench()

    assert bench.sweep()
    assert bench.sweep()
    assert bench.log == ["look a", "look b", "count a", "count b", "settle a", "settle b"]


@pytest.mark.parametrize("failing", ["look a", "count a", "settle a"])
def test_one_workload_does_not_hold_up_the_other(failing: str) -> None:
    bench = Bench()
    bench.failing.add(failing)

    assert not bench.sweep()
    assert {"look b", "count b", "settle b"} <= set(bench.log)


def test_without_kubernetes_nothing_is_settled_but_kafka_is_seen_to() -> None:
    bench = Bench()
    bench.jobs.down = True

    assert bench.sweep()
    assert [line for line in bench.log if "settle" in line] == []
    assert "count b" in bench.log


def test_the_list_of_workloads_is_followed_and_a_bad_one_changes_nothing() -> None:
    bench = Bench()
    bench.sweep()
    bench.metrics.set("mcp_jobs_lag", 1, workload="b")

    def bad() -> tuple[Workload, ...]:
        raise WorkloadsError("not a list")

    bench.list = bad
    assert bench.sweep()
    assert "look b" in bench.log

    bench.list = lambda: workloads([TREE[0], {**TREE[1], "name": "c"}])
    bench.sweep()
    assert bench.log[0] == "begin c"
    assert "look b" not in bench.log
    assert bench.metrics.gauges == {}


def test_it_sweeps_when_woken_reconnects_after_a_failure_and_forgets_its_gauges_in_the_end() -> None:
    bench = Bench()
    bench.failing.add("look a")
    bench.metrics.set("mcp_jobs_lag", 1, workload="a")
    stop, wake = threading.Event(), threading.Event()
    connections = 0

    @contextmanager
    def connect() -> Iterator[KafkaOf]:
        nonlocal connections
        connections += 1
        if connections == 2:
            stop.set()
            raise ProtocolError("no broker answers")
        wake.set()
        yield nowhere

    thread = threading.Thread(
        target=lambda: bench.reconciler.run(connect, 600, stop=stop, wake=wake), daemon=True
    )
    thread.start()
    thread.join(20)

    assert not thread.is_alive()
    assert connections == 2
    assert bench.metrics.gauges == {}


# --- the list of workloads --------------------------------------------------------------------------


def test_a_workload_is_complete() -> None:
    [workload] = workloads(
        [
            {
                "name": "w",
                "topic": "t",
                "group": "g",
                "outcomesTopic": "o",
                "deadLettersTopic": "",
                "tenant": "acme",
                "maxAttempts": 5,
            }
        ]
    )

    assert (workload.topics.outcomes, workload.topics.dead_letters) == ("o", "t.dead-letters")
    assert (workload.scope.cluster, workload.scope.namespace, workload.scope.workload) == ("c", "n", "w")
    assert (workload.tenant, workload.max_attempts) == ("acme", 5)


@pytest.mark.parametrize(
    ("tree", "problem"),
    [
        (None, "expected a list, found NoneType"),
        (["x"], "workload 0: expected a map, found str"),
        ([{"name": "w", "topic": "t"}], "workload 0: group is missing"),
        ([{"name": "w", "topic": "t", "group": "g", "maxAttempts": "x"}], "maxAttempts is not a number"),
    ],
)
def test_what_is_no_list_of_workloads_is_refused(tree: object, problem: str) -> None:
    with pytest.raises(WorkloadsError, match=problem):
        workloads(tree)

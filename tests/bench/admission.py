"""What a review costs: one replica on one core, its API server real, its Jobs real objects.

usage: scripts/bench admission [--quick]
"""

import argparse
import json
import os
import socket
import ssl
import statistics
import tempfile
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from integration.kubernetes.api import JOBS, Api
from integration.kubernetes.control_plane import ControlPlane
from integration.kubernetes.objects import NAMESPACE, Object, job, namespace
from integration.kubernetes.replica import Replica
from mcp_jobs.local.ports import LOOPBACK

GOAL_RATE = 500
#: connections; the API server opens as many as it has reviews at a time
CONNECTIONS = 8
MARK = "0123456789abcdef0123456789abcdef"
POLICY = {"caps": {"global": 1_000_000, "tenantDefault": 1_000_000}}
CREATORS = 8
#: A row shows the median of so many runs, by their p99: whatever else the machine does comes and goes.
RUNS = 5


class Result(NamedTuple):
    """Latencies in milliseconds, in order, and reviews per second."""

    latencies: list[float]
    rate: float

    def percentile(self, share: float) -> float:
        """The latency that this share of reviews kept."""
        return self.latencies[min(len(self.latencies) - 1, int(len(self.latencies) * share))]


class NotAdmitted(Exception):
    """Raised when a review is denied."""


class Caller:
    """One connection that asks for a mutation and a validation in turn, as creates do."""

    def __init__(self, port: int, authority: Path, bodies: dict[str, bytes]) -> None:
        trust = ssl.create_default_context(cafile=str(authority))
        self._socket = trust.wrap_socket(socket.create_connection((LOOPBACK, port)), server_hostname=LOOPBACK)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._requests = [_request(path, body) for path, body in bodies.items()]
        self._number = 0

    def admitted(self) -> bool:
        """Whether the leader admits by now."""
        try:
            return self.ask() > 0
        except NotAdmitted:
            return False

    def ask(self) -> float:
        """Ask once; the answer took so many milliseconds. Raises NotAdmitted."""
        self._number += 1
        request = self._requests[self._number % 2].replace(MARK.encode(), uuid.uuid4().hex.encode())
        start = time.perf_counter()
        self._socket.sendall(request)
        answer = b""
        while b'"allowed"' not in answer or not answer.endswith(b"}}"):
            chunk = self._socket.recv(65536)
            if not chunk:
                raise ConnectionError(f"the helper hung up: {answer!r}")
            answer += chunk
        if b'"allowed": true' not in answer:
            raise NotAdmitted(answer)
        return (time.perf_counter() - start) * 1000

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


def _request(path: str, body: bytes) -> bytes:
    head = f"POST {path}?timeout=5s HTTP/1.1\r\nHost: helper\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def load(callers: list[Caller], seconds: float, rate: float | None) -> Result:
    """All callers ask for so many seconds: without a pause, or together at a rate, come what may."""
    latencies: list[float] = []
    start = time.perf_counter() + 0.1
    end = start + seconds

    def run(number: int) -> None:
        due = start + (number / rate if rate else 0)
        while due < end:
            time.sleep(max(0.0, due - time.perf_counter()))
            late = max(0.0, time.perf_counter() - due) * 1000 if rate else 0.0
            latencies.append(late + callers[number].ask())
            due = due + len(callers) / rate if rate else time.perf_counter()

    with ThreadPoolExecutor(len(callers)) as pool:
        for _ in pool.map(run, range(len(callers))):
            pass
    return Result(sorted(latencies), len(latencies) / (time.perf_counter() - start))


def reviews_of(created: Object) -> dict[str, bytes]:
    """Both reviews of a Job as the API server has it."""
    request = {
        "uid": MARK,
        "kind": {"group": "batch", "version": "v1", "kind": "Job"},
        "operation": "CREATE",
        "namespace": NAMESPACE,
        "object": created,
        "oldObject": None,
        "dryRun": False,
        "userInfo": {"username": "system:serviceaccount:keda:keda-operator"},
    }
    review = {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request}
    return dict.fromkeys(("/mutate", "/validate"), json.dumps(review).encode())


def fill(plane: ControlPlane, number: int) -> None:
    """Create Jobs, without any webhook, until there are so many."""
    api = Api(plane.client())
    missing = number - sum(len(page["items"]) for page in api.cluster.pages(JOBS))
    apis = [Api(plane.client()) for _ in range(CREATORS)]
    with ThreadPoolExecutor(CREATORS) as pool:
        for _ in pool.map(lambda one: apis[one % CREATORS].create(job(tenant="acme")), range(missing)):
            pass


@contextmanager
def on_cores(cores: set[int]) -> Iterator[None]:
    """What is started in here stays on these cores."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores & before or before)
    yield
    os.sched_setaffinity(0, before)


def measure(plane: ControlPlane, directory: Path, number: int, seconds: float) -> list[str]:
    """One row: a fresh replica that counts so many Jobs."""
    fill(plane, number)
    with on_cores({0}):
        replica = Replica(directory / f"helper-{number}", plane.kubeconfig, plane.authority, POLICY)
    try:
        replica.wait_until_ready()
        active = "mcp_jobs_active_jobs"
        replica.wait_until("count", lambda: replica.leads and replica.metric(active) == number, 120)
        created = Api(plane.client()).create(job("sample", tenant="acme"), dry_run=True)
        created["metadata"]["annotations"] = {"mcp-jobs.io/reservation": MARK}
        created["spec"].update(ttlSecondsAfterFinished=3600, activeDeadlineSeconds=3600)
        bodies = reviews_of(created)
        callers = [Caller(replica.port, plane.authority.cert, bodies) for _ in range(CONNECTIONS)]
        replica.wait_until("admission", lambda: callers[0].admitted() and callers[0].admitted())
        before = replica.metric("process_resident_memory_bytes")
        load(callers, 1, None)
        spent = replica.metric("process_cpu_seconds_total")
        all_most = [load(callers, seconds, None) for _ in range(RUNS)]
        all_steady = [load(callers, seconds, GOAL_RATE) for _ in range(RUNS)]
        spent = replica.metric("process_cpu_seconds_total") - spent
        reviews = sum(len(run.latencies) for run in (*all_most, *all_steady))
        most, steady = _median(all_most), _median(all_steady)
        after = replica.metric("process_resident_memory_bytes")
        for caller in callers:
            caller.close()
        return [
            f"{number:,}",
            f"{most.rate:,.0f}/s",
            f"{spent * 1000 / reviews:.2f} ms",
            f"{statistics.median(most.latencies):.1f} / {most.percentile(0.99):.1f} ms",
            f"{statistics.median(steady.latencies):.1f} / {steady.percentile(0.99):.1f} ms",
            f"{before / 2**20:.0f} / {after / 2**20:.0f} MiB",
        ]
    finally:
        replica.stop()


def _median(runs: list[Result]) -> Result:
    return sorted(runs, key=lambda run: run.percentile(0.99))[len(runs) // 2]


def main() -> None:
    """Measure with more and more active Jobs."""
    parser = argparse.ArgumentParser(prog="scripts/bench admission", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer Jobs, shorter runs")
    quick = parser.parse_args().quick
    cores = len(os.sched_getaffinity(0))
    title = f"One replica on one of {cores} cores, {CONNECTIONS} connections, TLS; the median of {RUNS} runs"
    steady = f"p50 / p99 at {GOAL_RATE}/s"
    table = Table("active Jobs", "reviews", "CPU of each", "p50 / p99 at that", steady, "RSS", title=title)
    with tempfile.TemporaryDirectory() as scratch, on_cores(set(range(1, cores))):
        plane = ControlPlane(Path(scratch) / "plane")
        try:
            admin = Api(plane.client())
            admin.apply("/api/v1/namespaces", namespace(NAMESPACE))
            for number in (0, 100) if quick else (0, 1_000, 10_000):
                table.add_row(*measure(plane, Path(scratch), number, 1 if quick else 4))
        finally:
            plane.stop()
    Console(width=110).print(table)


if __name__ == "__main__":
    main()

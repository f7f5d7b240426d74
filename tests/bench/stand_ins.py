"""Stand-ins for the runners of pods on fake nodes: they claim and settle by the product's own code."""

import multiprocessing
import queue
import secrets
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from cluster.fake_nodes import READY, RUN_FOR
from mcp_jobs import logs
from mcp_jobs.adapters.kafka.connection import Connection
from mcp_jobs.adapters.kafka.session import Session
from mcp_jobs.adapters.kubernetes.client import connect
from mcp_jobs.adapters.kubernetes.resource import pods
from mcp_jobs.core.claim import claim
from mcp_jobs.core.claimant import Claimant, Claimed, NothingToClaim
from mcp_jobs.core.entry import Scope
from mcp_jobs.core.exits import Exit
from mcp_jobs.core.names import Topics
from mcp_jobs.core.outcome import Job
from mcp_jobs.core.report import WorkReport
from mcp_jobs.core.step import drive
from mcp_jobs.runner import Runner
from mcp_jobs.unwanted import Unwanted

_POLL_SECONDS = 0.1
_END_SECONDS = 30.0
#: seconds to look for a message; a pod that finds none is not to hold up the others
_IDLE = 2.0
#: as in the runner's pod
_PATIENCE = 8


@dataclass(frozen=True, slots=True)
class Pod:
    """A runner's pod, and the Job it belongs to."""

    name: str
    job: str
    job_uid: str


@dataclass(frozen=True, slots=True)
class Workload:
    """A workload of a release: its name, its topic."""

    brokers: str
    namespace: str
    name: str
    topic: str

    @property
    def group(self) -> str:
        """The group of the claim frontier."""
        return f"{self.topic}-runners"


class StandIn:
    """The runners of many pods, one after the other. The pods are Ready when their claim is committed."""

    def __init__(self, workload: Workload) -> None:
        self._workload = workload
        self._connection = Connection({"bootstrap_servers": workload.brokers.split(",")})
        self._connection.open()
        self._topic_id = self._connection.existing(workload.topic).id
        self._cluster = connect()
        self._held: deque[tuple[Pod, Runner, Claimed]] = deque()

    def claim(self, pod: Pod) -> bool:
        """Claim a message, as the pod does when it starts; whether there was one."""
        me = Claimant(
            group=self._workload.group,
            job_uid=pod.job_uid,
            holder=f"{pod.name}/{secrets.token_hex(4)}",
            topic_id=self._topic_id,
            scope=Scope("", self._workload.namespace, self._workload.name),
            job=pod.job,
            patience=_PATIENCE,
        )
        end = drive(claim(me), Session(self._connection, self._workload.topic, idle=_IDLE).execute)
        if isinstance(end, NothingToClaim) and not end.unknown:
            self._annotate(pod, {READY: "now", RUN_FOR: "0s"})
            return False
        if not isinstance(end, Claimed):
            raise RuntimeError(f"the claim of {pod.job} ended as {end!r}")
        self._annotate(pod, {READY: "now"})
        self._held.append((pod, self._runner(me, pod), end))
        return True

    def settle(self) -> bool:
        """Settle the oldest claim, and let its pod end; whether there was one."""
        if not self._held:
            return False
        pod, runner, claimed = self._held.popleft()
        found = runner.finish(claimed)
        if found is not Exit.DONE:
            raise RuntimeError(f"the runner of {pod.job} ended with {found!r}")
        self._annotate(pod, {RUN_FOR: "0s"})
        return True

    def _runner(self, me: Claimant, pod: Pod) -> Runner:
        topic, session = self._workload.topic, Session(self._connection, self._workload.topic)
        return Runner(
            me=me,
            job=Job(name=pod.job, uid=pod.job_uid, pod=pod.name),
            topics=Topics(topic, f"{topic}.outcomes", f"{topic}.dead-letters"),
            max_attempts=3,
            settle=session.execute,
            work=lambda envelope: WorkReport(),
            unwanted=Unwanted(me=me, ask=session.execute, clock=_now, window=0).why,
            clock=_now,
        )

    def _annotate(self, pod: Pod, annotations: dict[str, str]) -> None:
        body = {"metadata": {"annotations": annotations}}
        self._cluster.patch(pods(self._workload.namespace), pod.name, body, timeout=60)


@dataclass(frozen=True, slots=True)
class Shared:
    """What all processes see: the pods that have started, what they may do, what they have done."""

    pods: Any
    claiming: Any
    settling: Any
    stopping: Any
    claimed: Any
    settled: Any


class StandIns:
    """Several processes of them. Pods that have started wait for `claim`, and claims for `settle`."""

    def __init__(self, workload: Workload, processes: int) -> None:
        context = multiprocessing.get_context("spawn")
        events = (context.Event() for _ in range(3))
        self._shared = Shared(context.Queue(), *events, *(context.Value("i", 0) for _ in range(2)))
        self._processes = [
            context.Process(target=_run, args=(workload, self._shared), daemon=True) for _ in range(processes)
        ]

    def __enter__(self) -> Self:
        for process in self._processes:
            process.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._shared.stopping.set()
        self._shared.claiming.set()
        for process in self._processes:
            process.join(_END_SECONDS)
            process.kill()

    def start(self, pod: Pod) -> None:
        """A pod has started."""
        self._shared.pods.put(pod)

    def claim(self) -> None:
        """Let all pods claim that have started, and all that start."""
        self._shared.claiming.set()

    def settle(self) -> None:
        """Let all claims be settled."""
        self._shared.settling.set()

    @property
    def claimed(self) -> int:
        """How many claims there were."""
        return int(self._shared.claimed.value)

    @property
    def settled(self) -> int:
        """How many of them are settled."""
        return int(self._shared.settled.value)

    def wait(self, condition: Callable[[], object], seconds: float, what: str) -> None:
        """Wait for something these processes do. Raises TimeoutError, or RuntimeError where one has died."""
        deadline = time.monotonic() + seconds
        while not condition():
            if dead := [process.pid for process in self._processes if not process.is_alive()]:
                raise RuntimeError(f"stand-ins died, see above: {dead}")
            if time.monotonic() > deadline:
                raise TimeoutError(
                    f"{what}: not within {seconds:g} s; {self.claimed} claimed, {self.settled} settled"
                )
            time.sleep(_POLL_SECONDS)


def _run(workload: Workload, shared: Shared) -> None:
    """One process: newcomers claim first, as they would have a pod of their own."""
    logs.set_up("text", "ERROR")
    stand_in = StandIn(workload)
    shared.claiming.wait()
    while not shared.stopping.is_set():
        try:
            pod = shared.pods.get(timeout=0 if shared.settling.is_set() else _POLL_SECONDS)
        except queue.Empty:
            if shared.settling.is_set() and stand_in.settle():
                _count(shared.settled)
            elif shared.settling.is_set():
                shared.stopping.wait(_POLL_SECONDS)
            continue
        if stand_in.claim(pod):
            _count(shared.claimed)


def _count(number: Any) -> None:
    with number.get_lock():
        number.value += 1


def _now() -> int:
    return int(time.time() * 1000)

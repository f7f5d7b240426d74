"""Processes of stand-ins: they hold back claims and settlements until they are told to go on."""

import multiprocessing
import queue
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from bench.stand_in import Pod, StandIn, Workload
from mcp_jobs import logs

_POLL_SECONDS = 0.1
_END_SECONDS = 30.0


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
        self._shared.pods.cancel_join_thread()  # nobody takes what is left in it
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

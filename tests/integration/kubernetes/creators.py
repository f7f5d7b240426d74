"""What KEDA would do, in many threads: create Jobs, and create again what was denied."""

import threading
import time
from collections import Counter
from collections.abc import Callable

from integration.kubernetes.api import Api, Refused
from integration.kubernetes.objects import job

#: between two attempts of one thread; KEDA waits for its next poll
_RETRY_SECONDS = 0.1


class Creators:
    """Threads that create Jobs until there are `total`. `refusals` counts sentences."""

    def __init__(self, make_api: Callable[[], Api], *, threads: int, total: int) -> None:
        """Start to create."""
        self.refusals: Counter[str] = Counter()
        self._left = total
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=[make_api()]) for _ in range(threads)]
        for thread in self._threads:
            thread.start()

    def join(self, seconds: float) -> None:
        """Wait until all are created."""
        deadline = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        late = any(thread.is_alive() for thread in self._threads)
        self._over.set()
        for thread in self._threads:
            thread.join()
        if late:
            raise TimeoutError(f"{self._left} Jobs are missing after {seconds:g} s: {self.refusals}")

    def _run(self, api: Api) -> None:
        while self._take():
            while not self._over.is_set():
                try:
                    api.create(job(tenant="acme"))
                    break
                except Refused as refusal:
                    with self._lock:
                        self.refusals[str(refusal)] += 1
                    self._over.wait(_RETRY_SECONDS)

    def _take(self) -> bool:
        with self._lock:
            self._left -= 1
            return self._left >= 0


class Finisher:
    """A thread that completes Jobs in the order in which they started, once it may."""

    def __init__(self, api: Api, started: Callable[[int, float], list[str]], *, total: int) -> None:
        """Start to finish."""
        self._api = api
        self._started = started
        self._total = total
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def join(self, seconds: float) -> None:
        """Wait until all are finished."""
        self._thread.join(seconds)
        if self._thread.is_alive():
            raise TimeoutError(f"not all Jobs are finished after {seconds:g} s")

    def _run(self) -> None:
        for number in range(self._total):
            self._api.finish(self._started(number + 1, 100.0)[number])

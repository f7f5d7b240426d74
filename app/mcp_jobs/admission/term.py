"""One leadership, from winning the Lease to losing it. The next one starts from nothing."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from loguru import logger

from mcp_jobs.admission.job_count import JobCount


@dataclass(frozen=True, slots=True)
class Duty:
    """What a leader does besides answering reviews: `run` until the event is set, `wake` when a Job ends.

    `run` gets the Jobs of the term, too.
    """

    run: Callable[[threading.Event, JobCount], None]
    wake: Callable[[], None] = lambda: None


_RETRY_SECONDS = 10.0


class Term:
    """Counts Jobs, and does the leader's duty beside it, each in a thread of its own until `end`."""

    def __init__(self, jobs: JobCount, duty: Duty | None, *, settle_seconds: float) -> None:
        self.jobs = jobs
        self._duty = duty
        self._settle_seconds = settle_seconds
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._count, name="count", daemon=True)]
        if duty:
            self._threads.append(threading.Thread(target=self._lead, name="reconciler", daemon=True))

    @property
    def admits(self) -> bool:
        """Whether this term may admit: it sees what the leader before it admitted."""
        return self.jobs.ready.is_set() and not self._stop.is_set()

    def begin(self) -> None:
        """Start."""
        for thread in self._threads:
            thread.start()

    def end(self, *, wait: float = 0) -> None:
        """Stop, and give the threads some seconds for it."""
        self._stop.set()
        for thread in self._threads[1:]:
            thread.join(wait)

    def _count(self) -> None:
        # What the last leader admitted in its last moment is written, or given up, by then.
        if not self._stop.wait(self._settle_seconds):
            self.jobs.run(self._stop)

    def _lead(self) -> None:
        assert self._duty
        while not self._stop.is_set():
            try:
                self._duty.run(self._stop, self.jobs)
            except Exception:  # a thread's top: whatever it was, this replica still leads
                logger.exception("The reconciler failed and is started again")
            self._stop.wait(_RETRY_SECONDS)

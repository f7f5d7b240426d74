"""The Jobs kept in step with the API server: a list, then a watch, and a new list when the watch is lost."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from loguru import logger

from mcp_jobs.adapters.kubernetes.client import Cluster
from mcp_jobs.adapters.kubernetes.errors import ClusterError, Gone
from mcp_jobs.adapters.kubernetes.jobs import job_view
from mcp_jobs.adapters.kubernetes.resource import jobs
from mcp_jobs.adapters.kubernetes.watch import Event, events
from mcp_jobs.core.death import JobView
from mcp_jobs.core.job_object import JobObjectError, read_job
from mcp_jobs.core.ledger import Ledger, Seen, seen

_RETRY_SECONDS = 1.0


class JobCount:
    """The ledger of one term, and the Jobs themselves. `ready` is set once it holds what the API server has.

    `on_bad_end` is called when a Job has failed, or is gone without having been complete.
    """

    def __init__(
        self,
        cluster: Cluster,
        namespace: str,
        selector: str,
        *,
        on_bad_end: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._cluster = cluster
        self._resource = jobs(namespace)
        self._selector = selector
        self._on_bad_end = on_bad_end
        self._clock = clock
        self._lock = threading.Lock()
        self._ledger = Ledger()
        self._views: dict[str, JobView] = {}
        self._version = ""
        self.ready = threading.Event()
        self.problem = ""  #: why the ledger can't be kept, as a sentence

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        """The ledger, while nobody else has it."""
        with self._lock:
            yield self._ledger

    def views(self) -> dict[str, JobView] | None:
        """The Jobs by uid, finished ones too; None while they are not known, or not followed."""
        if not self.ready.is_set() or self.problem:
            return None
        with self._lock:
            return dict(self._views)

    def run(self, stop: threading.Event) -> None:
        """Follow the API server until told to stop. What goes wrong is logged and tried again."""
        while not stop.is_set():
            try:
                if not self._version:
                    self._list()
                self._follow(stop)
            except Gone as error:
                logger.info("The Jobs are listed again: {}", error)
                self._version = ""
            except (ClusterError, JobObjectError, ValueError) as error:
                self._say(str(error))
                stop.wait(_RETRY_SECONDS * random.uniform(0.5, 1.5))

    def _say(self, problem: str) -> None:
        if problem and problem != self.problem:
            logger.error("The Jobs can't be counted: {}", problem)
        if self.problem and not problem:
            logger.info("The Jobs are counted again")
        self.problem = problem

    def _list(self) -> None:
        asked_at = self._clock()
        found: list[Seen] = []
        views: dict[str, JobView] = {}
        version = ""
        for page in self._cluster.pages(self._resource, labelSelector=self._selector):
            found += [seen(read_job(item, "Job")) for item in page["items"]]
            views |= {view.uid: view for view in map(job_view, page["items"])}
            version = page["metadata"]["resourceVersion"]
        with self._lock:
            self._ledger.replace(found)
            self._ledger.expire(asked_at)
            self._views = views
        self._version = version
        self._say("")
        self.ready.set()

    def _follow(self, stop: threading.Event) -> None:
        for event in events(self._cluster, self._resource, selector=self._selector, version=self._version):
            if stop.is_set():
                return
            self._take(event)
            self._version = event.version
            self._say("")
        with self._lock:
            if self._ledger.has_late(self._clock()):
                # Only a list proves that their Jobs don't exist: a watch may lag, and then there is no room.
                self._version = ""

    def _take(self, event: Event) -> None:
        if event.kind == "BOOKMARK":
            return
        job, view = read_job(event.object, "Job"), job_view(event.object)
        deleted = event.kind == "DELETED"
        with self._lock:
            if deleted:
                self._ledger.forget(seen(job))
                self._views.pop(job.uid, None)
            else:
                self._ledger.see(seen(job))
                self._views[job.uid] = view
        if (job.finished or deleted) and not job.complete:
            self._on_bad_end()

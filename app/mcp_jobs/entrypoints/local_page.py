"""The page of a local platform: the same as the admission helper's, on a free port of this machine."""

from collections.abc import Iterator
from contextlib import contextmanager

from starlette.requests import Request

from mcp_jobs.adapters.web import WebServer, listen
from mcp_jobs.entrypoints.local_options import LocalOptions
from mcp_jobs.local.job import Phase
from mcp_jobs.local.platform import Platform
from mcp_jobs.local.ports import LOOPBACK
from mcp_jobs.page.history import History
from mcp_jobs.page.picture import Picture, Usage, Workload
from mcp_jobs.page.site import page_app

#: the only one there is
WORKLOAD = "default"


class LocalPage:
    """What the platform is doing. Whoever gets its outcomes adds them to `history`."""

    def __init__(self, platform: Platform, topic: str, options: LocalOptions) -> None:
        self._platform = platform
        self._topic = topic
        self._options = options
        self.history = History()

    @contextmanager
    def served(self) -> Iterator[str]:
        """Serve it while the block lasts; the URL."""
        sock = listen(0, LOOPBACK)
        port = sock.getsockname()[1]
        web = WebServer()
        web.add(page_app(self._paint), sock)
        web.start()
        try:
            yield f"http://{LOOPBACK}:{port}/"
        finally:
            web.stop()

    async def _paint(self, request: Request) -> bytes:
        jobs = list(self._platform.scaledjob.jobs)
        claimed = sum(job.phase is Phase.CLAIMED for job in jobs)
        workload = Workload(
            name=WORKLOAD,
            lag={"all": self._platform.lag},
            claimed=claimed if self._options.lag_threshold == 1 else None,  # a Job may hold several
            running=len(jobs),
        )
        picture = Picture(
            where=f"on this machine, topic {self._topic}",
            problems=(),
            workloads=[workload],
            caps=[Usage(name="all", used=len(jobs), cap=self._options.max_replicas)],
            history=self.history,
        )
        return picture.to_json()

"""The admission helper put together."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mcp_jobs.adapters.kubernetes.client import Cluster
from mcp_jobs.adapters.kubernetes.lease import Lease
from mcp_jobs.adapters.metrics import POLICY_RELOAD_ERRORS, Metrics
from mcp_jobs.adapters.policy_file import PolicyFile
from mcp_jobs.adapters.web import WebServer, listen
from mcp_jobs.admission.chores import keep_fresh
from mcp_jobs.admission.elector import Elector
from mcp_jobs.admission.gate import Gate
from mcp_jobs.admission.gauges import show
from mcp_jobs.admission.job_count import JobCount
from mcp_jobs.admission.page import Page, Painter
from mcp_jobs.admission.peer import Peers
from mcp_jobs.admission.server import Webhooks, status_app, webhook_app
from mcp_jobs.admission.term import Duty, Term
from mcp_jobs.admission.tls import Certificate
from mcp_jobs.core.election import identity, pause
from mcp_jobs.page.site import page_app


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where this replica runs, and what its installation is called. `selector` finds its Jobs."""

    namespace: str
    release: str
    pod_name: str
    pod_ip: str
    port: int
    metrics_port: int
    selector: str

    @property
    def host(self) -> str:
        """The name in the webhooks' certificate: that of the Service."""
        return f"{self.release}-admission.{self.namespace}.svc"


@dataclass(frozen=True, kw_only=True, slots=True)
class Files:
    """What is mounted."""

    cert: Path
    key: Path
    ca: Path
    policy: Path


@dataclass(frozen=True, kw_only=True, slots=True)
class Times:
    """Seconds: how long a silent leader stays the leader, and the timeout of the webhooks."""

    lease: float
    webhook: float

    @property
    def settle(self) -> float:
        """How long a new leader waits for what the last one admitted.

        The API server takes no answer after the webhook's timeout; the pause between two looks covers a
        leader whose Lease was deleted under it. Not covered: somebody else's webhook that holds a create up
        for longer, just when the leader changes.
        """
        return self.webhook + pause(self.lease)


class Helper:
    """One replica. It does its duty while it leads."""

    def __init__(
        self,
        cluster: Cluster,
        metrics: Metrics,
        place: Place,
        files: Files,
        times: Times,
        duty: Duty | None,
    ) -> None:
        """Read the files and take the ports. Raises McpJobsError."""
        self._stop = threading.Event()
        self._metrics = metrics
        self._policy = PolicyFile(files.policy, on_error=lambda: metrics.add(POLICY_RELOAD_ERRORS))
        certificate = Certificate(files.cert, files.key, files.ca, host=place.host)
        peers = Peers(files.ca, place.host)

        def begin_term() -> Term:
            wake = duty.wake if duty else lambda: None
            jobs = JobCount(cluster, place.namespace, place.selector, on_bad_end=wake)
            term = Term(jobs, duty, settle_seconds=times.settle)
            term.begin()
            return term

        self._elector = Elector(
            _lease(cluster, place),
            identity(place.pod_name, place.pod_ip, place.port),
            lease_seconds=times.lease,
            begin_term=begin_term,
        )
        gate = Gate(self._policy, self._elector, metrics, namespace=place.namespace)
        self._web = WebServer()
        self._web.add(webhook_app(Webhooks(gate, peers, metrics)), listen(place.port), certificate.context)
        status = status_app(self._problem, self._dead, self._render)
        self._web.add(status, listen(place.metrics_port))
        self._election = _thread("election", lambda: self._elector.run(self._stop))
        self._chores = _thread("chores", lambda: keep_fresh(self._stop, self._policy, certificate, peers))
        self._history: threading.Thread | None = None

    def add_page(self, page: Page) -> None:
        """Serve a page, too; before run(). Raises McpJobsError."""
        painter = Painter(page, self._metrics, self._elector, lambda: self._policy.policy.caps)
        self._web.add(page_app(painter.paint, page.hosts), listen(page.port, page.address))
        self._history = _thread("history", lambda: page.keep(self._stop))

    def run(self, stop: threading.Event) -> None:
        """Serve until told to stop, then give the leadership back."""
        self._web.start()
        self._election.start()
        self._chores.start()
        if self._history:
            self._history.start()
        stop.wait()
        self._stop.set()
        self._election.join(timeout=10)  # it resigns; meanwhile reviews are still answered
        self._web.stop()

    def _problem(self) -> str:
        """Why this replica is not ready; "" when it is."""
        if not self._elector.current:
            return self._elector.problem
        term = self._elector.term()
        return term.jobs.problem if term else ""

    def _dead(self) -> str:
        """What ended that must never end."""
        ended = [thread.name for thread in (self._election, self._chores) if not thread.is_alive()]
        return f"these threads ended: {', '.join(ended)}" if ended and not self._stop.is_set() else ""

    def _render(self, accept: str) -> tuple[bytes, str]:
        show(self._metrics, self._elector, self._policy.policy.caps)
        return self._metrics.render(accept)


def _lease(cluster: Cluster, place: Place) -> Lease:
    return Lease(cluster, place.namespace, f"{place.release}-leader", owner=f"{place.release}-admission")


def _thread(name: str, target: Callable[[], None]) -> threading.Thread:
    return threading.Thread(target=target, name=name, daemon=True)

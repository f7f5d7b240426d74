"""The page of the helper: what the leader knows, put together when somebody looks. Standbys ask it."""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import urllib3
from loguru import logger
from starlette.requests import Request
from urllib3.exceptions import HTTPError

from mcp_jobs.adapters.metrics import Metrics
from mcp_jobs.admission.elector import Elector
from mcp_jobs.admission.peer import FORWARDED
from mcp_jobs.core.policy import Caps, ScopeKind
from mcp_jobs.page.history import History
from mcp_jobs.page.picture import Picture, Usage, Workload
from mcp_jobs.reconciler import meters

#: seconds for which a picture is good enough for everybody who looks
_FRESH_SECONDS = 1.0
_RETRY_SECONDS = 10.0
_FORWARDS = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """What the page needs besides. `follow` fills the history until it is told to stop.

    `hosts` are more names by which browsers may ask; `late`: seconds without a look at Kafka that are told.
    """

    port: int
    address: str
    where: str
    history: History
    workloads: Callable[[], Collection[str]]
    follow: Callable[[threading.Event], None]
    hosts: Sequence[str] = ()
    late: float = 60.0

    def keep(self, stop: threading.Event) -> None:
        """Follow, whatever happens: this replica does its work without the page."""
        while not stop.is_set():
            try:
                self.follow(stop)
            except Exception:  # a thread's top
                logger.exception("The page's history failed and is started again")
            stop.wait(_RETRY_SECONDS)


class Painter:
    """Gives the page its JSON."""

    def __init__(self, page: Page, metrics: Metrics, elector: Elector, caps: Callable[[], Caps]) -> None:
        self._page = page
        self._metrics = metrics
        self._elector = elector
        self._caps = caps
        self._threads = ThreadPoolExecutor(_FORWARDS, thread_name_prefix="page")
        self._leader = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(total=3.0, connect=1.0))
        self._painted: tuple[float, bytes] = float("-inf"), b""

    async def paint(self, request: Request) -> bytes:
        """The picture as JSON: the leader's, where that can be had."""
        leader = "" if self._elector.term() or FORWARDED in request.headers else self._elector.leader()
        if leader:
            address = f"{leader.rpartition(':')[0]}:{self._page.port}"
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._ask, address)
        at, painted = self._painted
        if time.monotonic() - at > _FRESH_SECONDS:
            painted = self._picture(self._problems()).to_json()
            self._painted = time.monotonic(), painted
        return painted

    def _ask(self, address: str) -> bytes:
        """The leader's picture; our own, and why, where there is none."""
        headers = {"Host": "localhost", FORWARDED: "1"}
        try:
            response = self._leader.request("GET", f"http://{address}/state", headers=headers)
            if response.status == 200:
                return response.data
            problem = f"the leader's page at {address} answers {response.status}"
        except HTTPError as error:
            problem = f"the leader's page at {address} does not answer: {error}"
        return self._picture([problem]).to_json()

    def _problems(self) -> list[str]:
        """Why numbers are missing or old, as sentences."""
        term = self._elector.term()
        if not term:
            return [f"no replica leads now: {self._elector.problem or 'the next one is about to'}"]
        if not term.admits:
            return [f"the leader is new and does not count yet: {term.jobs.problem or 'a moment, please'}"]
        now, looks = time.time(), self._metrics.read(meters.LAST_LOOK)
        return [
            f"workload {labels['workload']}: Kafka was last seen {now - at:.0f} s ago; the log says why"
            for labels, at in looks
            if now - at > self._page.late
        ]

    def _picture(self, problems: Sequence[str]) -> Picture:
        used = self._used()
        return Picture(
            where=self._page.where,
            problems=problems,
            workloads=[self._workload(name, used) for name in sorted(self._page.workloads())],
            caps=list(_usages(self._caps(), used)),
            history=self._page.history,
        )

    def _used(self) -> "_Used | None":
        """The active Jobs in each scope; None where this replica does not count them."""
        term = self._elector.term()
        if not term or not term.admits:
            return None
        used: _Used = Counter()
        with term.jobs.ledger() as ledger:
            active = ledger.active()
        for owner, number in active.items():
            used.update(dict.fromkeys(owner.scopes, number))
        return used

    def _workload(self, name: str, used: "_Used | None") -> Workload:
        lag = {labels["partition"]: int(value) for labels, value in self._of(meters.LAG, name)}
        claimed, orphans = self._one(meters.CLAIMED, name), self._one(meters.ORPHANS, name)
        return Workload(
            name=name,
            lag=lag or None,
            oldest=self._one(meters.OLDEST_AGE, name),
            claimed=None if claimed is None else int(claimed),
            orphans=None if orphans is None else int(orphans),
            running=None if used is None else used["workload", name],
        )

    def _of(self, gauge: str, workload: str) -> list[tuple[dict[str, str], float]]:
        return [sample for sample in self._metrics.read(gauge) if sample[0]["workload"] == workload]

    def _one(self, gauge: str, workload: str) -> float | None:
        return next((value for _, value in self._of(gauge, workload)), None)


_Used = Counter[tuple[ScopeKind, str]]


def _usages(caps: Caps, used: _Used | None) -> Iterator[Usage]:
    """Each cap with what it caps. Of the tenants that only have the default: those with Jobs."""
    tenants = set(caps.tenants) | {name for kind, name in used or () if kind == "tenant"}
    scopes: list[tuple[ScopeKind, str]] = [("global", "")]
    scopes += [("workload", name) for name in sorted(caps.workloads)]
    scopes += [("tenant", name) for name in sorted(tenants)]
    for kind, name in scopes:
        cap = caps.of(kind, name)
        if cap is not None:
            title = "all" if kind == "global" else f"{kind} {name}"
            yield Usage(name=title, used=None if used is None else used[kind, name], cap=cap)

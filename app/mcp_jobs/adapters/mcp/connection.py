"""One server of a message, from its start to its end."""

import math
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import anyio
from mcp import Client
from mcp.shared.exceptions import MCPError
from mcp_types import Implementation

from mcp_jobs import __version__
from mcp_jobs.adapters.mcp.auth import login_of
from mcp_jobs.adapters.mcp.details import describe
from mcp_jobs.adapters.mcp.explain import broken, fault_of, faults_only
from mcp_jobs.adapters.mcp.fault import Fault
from mcp_jobs.adapters.mcp.gate import admit
from mcp_jobs.adapters.mcp.launch import launch_of
from mcp_jobs.adapters.mcp.limits import Surroundings
from mcp_jobs.adapters.mcp.redaction import prepared
from mcp_jobs.adapters.mcp.remote import HttpWire
from mcp_jobs.adapters.mcp.stdio import StdioWire
from mcp_jobs.adapters.mcp.text import named
from mcp_jobs.adapters.mcp.tracing import within
from mcp_jobs.core.failure import FailureClass
from mcp_jobs.core.report import ServerReport, ServerStatus
from mcp_jobs.core.servers import Server, Transport
from mcp_jobs.core.trace import Trace

#: for a server's connection to end; the end of a process group has its own bounds on top, 6 s in all
CLOSE_SECONDS = 3.0
PROBE_SECONDS = 5.0  #: how long a stdio server may leave the era probe unanswered
_CLIENT_INFO = Implementation(name="mcp-jobs", version=__version__)


class Connection:
    """A server that is run by a task of its own. `ready` is set once it is up, or can't be.

    `room` is how many bytes of JSON its details may take, `trace` the span that it is started in.
    """

    def __init__(
        self,
        server: Server,
        *,
        surroundings: Surroundings,
        start_seconds: float,
        room: int,
        trace: Trace | None = None,
    ) -> None:
        self.server = server
        self._entry = server  # as it is started, with the values it asks for
        self.ready = anyio.Event()
        self.client: Client | None = None
        self.fault: Fault | None = None
        self._late: Fault | None = None
        self._started = True
        self._ended = anyio.Event()
        self._released = anyio.Event()
        self._surroundings = surroundings
        self._seconds = server.timeout_seconds or start_seconds
        self._began = anyio.current_time()
        self._room = room
        self._trace = trace
        self._period = 0, 0
        self._scope = anyio.CancelScope()
        self._wire: StdioWire | HttpWire | None = None
        self._doing = "initialize"
        self._details: dict[str, Any] | None = None
        self._timings: dict[str, int] = {}

    def admit(self) -> None:
        """Judge the server, with the values it asks for. A refusal is in `fault`."""
        if self.server.disabled:
            return
        try:
            with faults_only(self._explain):
                self._entry = prepared(self.server, self._surroundings)
                admit(self._entry, self._surroundings.allow)
        except Fault as fault:
            self.fault = fault

    async def run(self, *, start: bool = True) -> None:
        """Start the server if it was admitted, hold it until released, end it.

        Raises nothing: what goes wrong is in `fault`. Without `start` it stays down.
        """
        self._started = start
        try:
            with faults_only(self._explain):
                if start and not self.server.disabled and not self.fault:
                    self._period = _now(), 0
                    with within(self._trace):
                        await self._serve()
        except Fault as fault:
            if self._details is None:
                self.fault = fault
            else:
                self._late = fault
        finally:
            self.client = None
            self._decided()
            self._ended.set()

    def release(self) -> None:
        """Let the server go; one that is still starting is cut short."""
        self._released.set()
        self._scope.deadline = anyio.current_time() + CLOSE_SECONDS
        if not self.ready.is_set():
            self._seconds = anyio.current_time() - self._began
            self._scope.cancel()

    async def autopsy(self, error: MCPError, doing: str) -> Fault | None:
        """What became of the server if a request's connection broke; None if it answered with `error`."""
        if not broken(error):
            return self._known(error)
        self.release()  # only with the server's end are its exit code and last words known
        await self._ended.wait()
        return self._late or self._known(error) or fault_of(error, doing)

    def report(self) -> ServerReport:
        """What to say about this server in the outcome."""
        server = self.server
        status = ServerStatus.FAILED if self._details is None else ServerStatus.INITIALIZED
        if not self._started and not self.fault:
            status = ServerStatus.NOT_STARTED
        return ServerReport(
            name=server.name,
            transport=str(server.transport),
            status=ServerStatus.DISABLED if server.disabled else status,
            optional=server.optional,
            details=self._details,
            timings=self._timings,
            failure=None if self.fault is None else self.fault.failure(f"Server {named(server.name)}"),
            started=self._period[0],
            ended=self._period[1],
        )

    async def _serve(self) -> None:
        self._scope.deadline = self._began + self._seconds
        with self._scope:
            again = False
            try:
                # SSE was given up before the modern era came.
                await self._hold("legacy" if self.server.transport is Transport.SSE else "auto")
            except* MCPError:
                if not self._baffled():
                    raise
                again = True
            if again:
                await self._hold("legacy")
        if self._scope.cancelled_caught and self._details is None:
            raise self._cut_short()

    def _baffled(self) -> bool:
        """Whether the era probe alone may have ended the server, as it does with those on early SDKs.

        One that crashed before it read anything is none of them: it gets no second start, but its report.
        """
        return self._details is None and self._wire is not None and self._wire.stumbled

    async def _hold(self, mode: str) -> None:
        began = time.perf_counter()
        self._wire = wire = self._new_wire()
        async with Client(self._timed(wire), mode=mode, client_info=_CLIENT_INFO, cache=None) as client:
            began = self._clock("initializeMs", began + self._timings["connectMs"] / 1000)
            self._doing = "tools/list"
            self._details = await describe(client, self.server, self._room)
            self._clock("listMs", began)
            self._doing = "a call"
            self._scope.deadline = math.inf
            self.client = client
            self._decided()
            await self._released.wait()

    @asynccontextmanager
    async def _timed(self, wire: StdioWire | HttpWire) -> AsyncGenerator[Any]:
        began = time.perf_counter()
        async with wire.open() as streams:
            self._clock("connectMs", began)
            yield streams

    def _new_wire(self) -> StdioWire | HttpWire:
        if self.server.transport is Transport.STDIO:
            patience = min(PROBE_SECONDS, self._seconds / 3)
            return StdioWire(launch_of(self._entry, self._surroundings), patience=patience)
        login = login_of(self._entry, self._surroundings.env_file_root)
        return HttpWire(
            self._entry, login, self._surroundings, connect_seconds=self._seconds, cut=self._scope.cancel
        )

    def _decided(self) -> None:
        """It is up, or can't be."""
        if self._period[0] and not self.ready.is_set():
            self._period = self._period[0], _now()
        self.ready.set()

    def _clock(self, step: str, began: float) -> float:
        now = time.perf_counter()
        self._timings[step] = round((now - began) * 1000)
        return now

    def _cut_short(self) -> Fault:
        if (known := self._known(None, timed_out=True)) is not None:
            return known
        words = self._wire.last_words() if self._wire else ""
        what = f"did not answer {self._doing} within {round(self._seconds, 1):g} s{words}"
        return Fault(FailureClass.TIMEOUT, what, retriable=True)

    def _known(self, error: BaseException | None, *, timed_out: bool = False) -> Fault | None:
        return None if self._wire is None else self._wire.trouble(error, timed_out=timed_out)

    def _explain(self, error: BaseException) -> Fault:
        return error if isinstance(error, Fault) else self._known(error) or fault_of(error, self._doing)


def _now() -> int:
    return int(time.time() * 1000)

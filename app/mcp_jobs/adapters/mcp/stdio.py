"""MCP over a server process's standard streams.

Our own transport rather than the SDK's `stdio_client`: that one passes its own environment on, keeps neither
exit code nor stderr, takes lines without end, and lets what a server forked live on after an orderly exit.
"""

import math
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import anyio
import mcp_types as types
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.shared.message import SessionMessage

from mcp_jobs.adapters.mcp.fault import Fault
from mcp_jobs.adapters.mcp.launch import Launch
from mcp_jobs.adapters.mcp.process import ServerProcess, exit_words, read
from mcp_jobs.adapters.mcp.text import clean, excerpt, tail
from mcp_jobs.core.failure import FailureClass
from mcp_jobs.core.redact import redacted

LINE_BYTES = 16 * 1024 * 1024  #: the longest message a server may send
STDERR_LINES = 20
STDERR_BYTES = 8192
_LAST_WORDS_SECONDS = 0.5  #: between a process's end and the end of its output, whichever comes first

Incoming = SessionMessage | Exception
Streams = tuple[MemoryObjectReceiveStream[Incoming], MemoryObjectSendStream[SessionMessage]]
_CLOSED = (anyio.ClosedResourceError, anyio.BrokenResourceError)


class StdioWire:
    """One start of a server process. `patience` is how many seconds the era probe may stay unanswered."""

    def __init__(self, launch: Launch, *, patience: float) -> None:
        self._launch = launch
        self._patience = patience
        self._pumps = anyio.CancelScope(shield=True)
        self._stderr = b""
        self._stderr_ended = anyio.Event()
        self._hung_up = anyio.Event()
        self._noise: str | None = None
        self._oversize = False
        # What the server did of its own accord, before it was stopped:
        self._forsaken = False
        self._exit_code: int | None = None
        self._consumed = 0

    @property
    def stumbled(self) -> bool:
        """Whether the process ended by itself, but only after it had read something."""
        return self._exit_code is not None and self._consumed > 0

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[Streams]:
        """Start the process and connect to it; on the way out nothing of its process group is left."""
        process = ServerProcess(self._launch)
        inbox, received = anyio.create_memory_object_stream[Incoming](0)
        sent, outbox = anyio.create_memory_object_stream[SessionMessage](0)
        try:
            async with inbox, received, sent, outbox, anyio.create_task_group() as tasks:
                tasks.start_soon(self._pump, process, inbox, outbox)
                try:
                    yield received, sent
                finally:
                    received.close()  # from here on the reader only drains: no server hangs in a full pipe
                    try:
                        await self._stop(process)
                    finally:
                        self._pumps.cancel()
        finally:
            process.close()

    def trouble(self, error: BaseException | None, *, timed_out: bool = False) -> Fault | None:
        """What this end of the wire knows about a connection that failed."""
        if self._oversize:
            what = f"sent a message longer than {LINE_BYTES // 2**20} MiB"
            return Fault(FailureClass.PROTOCOL, what, retriable=False)
        if self._exit_code is not None:
            what = f"{exit_words(self._exit_code)} before it answered{self.last_words()}"
            return Fault(FailureClass.SPAWN, what, retriable=True)
        if timed_out and self._noise is not None:
            what = f"wrote to its standard output what is not MCP: {self._noise!r}{self.last_words()}"
            return Fault(FailureClass.PROTOCOL, what, retriable=False)
        if self._forsaken:
            what = f"closed its end of the connection before it answered{self.last_words()}"
            return Fault(FailureClass.SPAWN, what, retriable=True)
        return None

    def last_words(self) -> str:
        """What to add to a sentence about this server: the end of its stderr."""
        text = redacted(self._stderr.decode("utf-8", "replace"))
        lines = [line for line in map(clean, text.splitlines()) if line][-STDERR_LINES:]
        return f"; its stderr ended with: {tail(lines)}" if lines else "; it wrote nothing to stderr"

    async def _pump(
        self,
        process: ServerProcess,
        inbox: MemoryObjectSendStream[Incoming],
        outbox: MemoryObjectReceiveStream[SessionMessage],
    ) -> None:
        # Shielded: a cancelled server is stopped in order as well, and may have last words.
        with self._pumps:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._read_messages, process, inbox)
                tasks.start_soon(self._read_stderr, process)
                tasks.start_soon(self._watch, process, inbox)
                tasks.start_soon(self._write_messages, process, outbox, inbox)

    async def _read_messages(self, process: ServerProcess, inbox: MemoryObjectSendStream[Incoming]) -> None:
        with inbox, suppress(*_CLOSED):
            rest = bytearray()
            while data := await read(process.stdout):
                *lines, last = data.split(b"\n")
                for line in lines:
                    rest += line
                    await self._deliver(bytes(rest), inbox)
                    rest.clear()
                rest += last
                if len(rest) > LINE_BYTES:
                    self._oversize = True
                    break
            else:
                self._hung_up.set()
        while await read(process.stdout):
            pass
        self._hung_up.set()

    async def _deliver(self, line: bytes, inbox: MemoryObjectSendStream[Incoming]) -> None:
        if not line.strip():
            return
        try:
            message = types.jsonrpc_message_adapter.validate_json(line, by_name=False)
        except ValueError:
            # Some servers greet on stdout; as with the SDK that is passed over, but kept for the report.
            self._noise = self._noise or excerpt(line[:1000].decode("utf-8", "replace"), 120)
        else:
            await inbox.send(SessionMessage(message))

    async def _read_stderr(self, process: ServerProcess) -> None:
        while data := await read(process.stderr):
            self._stderr = (self._stderr + data)[-STDERR_BYTES:]
        self._stderr_ended.set()

    async def _write_messages(
        self,
        process: ServerProcess,
        outbox: MemoryObjectReceiveStream[SessionMessage],
        inbox: MemoryObjectSendStream[Incoming],
    ) -> None:
        try:
            async with anyio.create_task_group() as probes:
                async for item in outbox:
                    message = item.message
                    text = message.model_dump_json(by_alias=True, exclude_unset=True)
                    await process.write(text.encode() + b"\n")
                    if isinstance(message, types.JSONRPCRequest) and message.method == "server/discover":
                        probes.start_soon(self._answer_probe, message.id, inbox)
        except* (OSError, *_CLOSED):
            self._hung_up.set()
            inbox.close()  # the session sees the end of the connection instead of waiting for an answer

    async def _answer_probe(self, request: types.RequestId, inbox: MemoryObjectSendStream[Incoming]) -> None:
        """End a probe that an older server lets wait before the SDK would; a late answer does no harm."""
        await anyio.sleep(self._patience)
        error = types.ErrorData(code=types.REQUEST_TIMEOUT, message="The server did not answer the era probe")
        with suppress(*_CLOSED):
            await inbox.send(SessionMessage(types.JSONRPCError(jsonrpc="2.0", id=request, error=error)))

    async def _watch(self, process: ServerProcess, inbox: MemoryObjectSendStream[Incoming]) -> None:
        """End the connection with its process, even where a grandchild keeps the pipe open."""
        await process.exited(math.inf)
        with anyio.move_on_after(_LAST_WORDS_SECONDS):
            await self._hung_up.wait()
        inbox.close()

    async def _stop(self, process: ServerProcess) -> None:
        with anyio.CancelScope(shield=True):
            self._forsaken = self._hung_up.is_set()
            if self._forsaken:
                await process.exited(_LAST_WORDS_SECONDS)
            self._exit_code, self._consumed = process.exit_code, process.consumed
            await process.stop()
            with anyio.move_on_after(_LAST_WORDS_SECONDS):
                await self._stderr_ended.wait()

"""The tool calls of a message: one after the other, in the order of the message."""

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial

import anyio
from mcp import Client
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult
from pydantic import ValidationError

from mcp_jobs.adapters.mcp.connection import Connection
from mcp_jobs.adapters.mcp.details import allows, list_tools
from mcp_jobs.adapters.mcp.explain import fault_of, faults_only, lasting, rpc_words
from mcp_jobs.adapters.mcp.fault import Fault
from mcp_jobs.adapters.mcp.redaction import redacted_members
from mcp_jobs.adapters.mcp.results import RESULTS_BYTES, bounded, plain, size, text_of
from mcp_jobs.adapters.mcp.text import excerpt, named
from mcp_jobs.adapters.mcp.tracing import within
from mcp_jobs.core.envelope import Call
from mcp_jobs.core.failure import FailureClass
from mcp_jobs.core.report import CallReport
from mcp_jobs.core.spans import call_span
from mcp_jobs.core.trace import Trace

_RELIST_SECONDS = 5.0


async def make_calls(
    calls: Sequence[Call],
    connections: Mapping[str, Connection],
    *,
    call_seconds: float,
    deadline: float,
    trace: Trace | None = None,
) -> list[CallReport]:
    """Make `calls` until one fails; those after it are not made, nor reported.

    A call to an optional server that did not start is passed over: reported with that server's failure, which
    is not the message's. Any other failed call fails the message, also one to an optional server.
    `deadline` is the message's, on the event loop's clock; `trace` the span that each call has its own below.
    """
    reports: list[CallReport] = []
    room = RESULTS_BYTES
    for index, call in enumerate(calls):
        connection = connections.get(call.server)
        own = call.timeout_seconds or (connection and connection.server.timeout_seconds) or call_seconds
        with within(trace and trace.child(call_span(index))):
            report = await _make(call, connection, min(own, deadline - anyio.current_time()), room)
        reports.append(report)
        room -= size(report.result or {})
        if report.failure is not None and not passed_over(connection):
            break
    return reports


def passed_over(connection: Connection | None) -> bool:
    """Whether calls to this server are not made, without harm to the message."""
    return connection is not None and connection.server.optional and connection.fault is not None


async def _make(call: Call, connection: Connection | None, seconds: float, room: int) -> CallReport:
    started, began = int(time.time() * 1000), time.perf_counter()
    result: CallToolResult | None = None
    fault: Fault | None = None
    try:
        with faults_only(partial(fault_of, doing="the call")):
            client, connection = _ready(call, connection)
            result = await _answer(client, call, connection, seconds)
            if result.is_error:
                words = excerpt(text_of(result)) or "it gave no reason"
                fault = await _tool_fault(client, call, words, retriable=True)
    except Fault as error:
        fault = error
    subject = f"Tool {named(call.tool)} of server {named(call.server)}"
    return CallReport(
        server=call.server,
        tool=call.tool,
        duration_ms=round((time.perf_counter() - began) * 1000),
        result=None if result is None else bounded(redacted_members(plain(result)), room),
        failure=None if fault is None else fault.failure(subject),
        started=started,
    )


def _ready(call: Call, connection: Connection | None) -> tuple[Client, Connection]:
    """The server to call, or the fault that there is none to call."""
    if connection is None or connection.server.disabled:
        state = "not in the message" if connection is None else "disabled"
        what = f"can't be called: the server is {state}. Remove the call, or correct the server"
        raise Fault(FailureClass.TOOL, what, retriable=False)
    if not allows(connection.server, call.tool):
        what = "can't be called: the server's includeTools or excludeTools keeps it out"
        raise Fault(FailureClass.TOOL, what, retriable=False)
    if (fault := connection.fault) is not None:
        raise Fault(fault.kind, f"was not called: its server {fault.what}", retriable=fault.retriable)
    if connection.client is None:
        what = "was not called: the connection to its server has ended in the meantime"
        raise Fault(FailureClass.TRANSPORT, what, retriable=True)
    return connection.client, connection


async def _answer(client: Client, call: Call, connection: Connection, seconds: float) -> CallToolResult:
    try:
        with anyio.fail_after(seconds):
            return await client.call_tool(call.tool, dict(call.arguments))
    except TimeoutError:
        what = f"did not answer within {max(0, round(seconds, 1)):g} s"
        raise Fault(FailureClass.TIMEOUT, what, retriable=True) from None
    except MCPError as error:
        broken = await connection.autopsy(error, "the call")
        if broken is not None:
            what = f"gave no answer: its server {broken.what}"
            raise Fault(broken.kind, what, retriable=broken.retriable) from None
        raise await _tool_fault(client, call, rpc_words(error), retriable=not lasting(error)) from None


async def _tool_fault(client: Client, call: Call, words: str, *, retriable: bool) -> Fault:
    """The failure of a tool. An unknown one is told by the server's list: servers word it in many ways."""
    with anyio.move_on_after(_RELIST_SECONDS), suppress(MCPError, ValidationError):
        names = {tool.name for tool in await list_tools(client)}
        if names and call.tool not in names:
            what = f"does not exist; the server has {excerpt(', '.join(sorted(names)))}"
            return Fault(FailureClass.TOOL, what, retriable=False)
    return Fault(FailureClass.TOOL, f"failed: {words}", retriable=retriable)

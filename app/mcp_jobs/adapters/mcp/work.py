"""One message's work: start its servers, make its calls, end its servers, report."""

from collections.abc import Sequence
from functools import partial

import anyio

from mcp_jobs.adapters.mcp.calls import make_calls, passed_over
from mcp_jobs.adapters.mcp.connection import Connection
from mcp_jobs.adapters.mcp.limits import Limits, Surroundings
from mcp_jobs.adapters.mcp.redaction import hide_inherited, redacted_report
from mcp_jobs.core.envelope import Call
from mcp_jobs.core.failure import Failure
from mcp_jobs.core.redact import redacting
from mcp_jobs.core.report import CallReport, WorkReport
from mcp_jobs.core.servers import Server
from mcp_jobs.core.spans import server_span
from mcp_jobs.core.trace import Trace

#: bytes of JSON for the details of all servers of a message, and of one of them
DETAILS_BYTES = 256 * 1024
SERVER_DETAILS_BYTES = 16 * 1024


async def run_message(
    servers: Sequence[Server],
    calls: Sequence[Call],
    *,
    limits: Limits,
    surroundings: Surroundings,
    trace: Trace | None = None,
) -> WorkReport:
    """Do one message's work within `limits.message_seconds`, and a few more to end its servers.

    All servers start at once, unless one that is needed is refused: then none does. Once each is up or has
    failed, and none that is needed failed, the calls are made one after the other. On return, also by
    cancellation, no process of a server's process group is left.
    No secret of the message's servers is in the report. `trace`: the span that the work belongs to.
    """
    with redacting():
        hide_inherited(surroundings)
        return redacted_report(await _run(servers, calls, limits, surroundings, trace))


async def _run(
    servers: Sequence[Server],
    calls: Sequence[Call],
    limits: Limits,
    surroundings: Surroundings,
    trace: Trace | None,
) -> WorkReport:
    deadline = anyio.current_time() + limits.message_seconds
    room = min(SERVER_DETAILS_BYTES, DETAILS_BYTES // max(1, len(servers)))
    connections = [
        Connection(
            server,
            surroundings=surroundings,
            start_seconds=limits.server_start_seconds,
            room=room,
            trace=trace and trace.child(server_span(server.name)),
        )
        for server in servers
    ]
    reports: list[CallReport] = []
    for connection in connections:
        connection.admit()
    start = not any(connection.fault for connection in connections if not connection.server.optional)
    async with anyio.create_task_group() as tasks:
        for connection in connections:
            tasks.start_soon(partial(connection.run, start=start))
        with anyio.CancelScope(deadline=deadline):
            for connection in connections:
                await connection.ready.wait()
        if all(map(_bearable, connections)):
            by_name = {connection.server.name: connection for connection in connections}
            reports = await make_calls(
                calls, by_name, call_seconds=limits.call_seconds, deadline=deadline, trace=trace
            )
        for connection in connections:
            connection.release()
    return WorkReport(
        servers=tuple(connection.report() for connection in connections),
        calls=tuple(reports),
        failure=_server_failure(connections) or _call_failure(connections, reports),
    )


def _bearable(connection: Connection) -> bool:
    """Whether the calls may begin as far as this server is concerned."""
    return connection.server.optional or (connection.ready.is_set() and connection.fault is None)


def _server_failure(connections: Sequence[Connection]) -> Failure | None:
    """The first failure of a server the message needs; worth another attempt only if they all are."""
    failures = [
        failure
        for connection in connections
        if not connection.server.optional and (failure := connection.report().failure) is not None
    ]
    if not failures:
        return None
    first, others = failures[0], len(failures) - 1
    also = f" ({others} more of the message's {len(connections)} servers failed)" if others else ""
    return Failure(
        kind=first.kind,
        message=first.message + also,
        retriable=all(failure.retriable for failure in failures),
    )


def _call_failure(connections: Sequence[Connection], reports: Sequence[CallReport]) -> Failure | None:
    skipped = {connection.server.name for connection in connections if passed_over(connection)}
    return next(
        (report.failure for report in reports if report.failure and report.server not in skipped), None
    )

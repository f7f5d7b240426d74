"""The servers' end of the socket, once there is a message: orders in, one after the other, reports out."""

import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress

import anyio
from anyio.abc import ByteReceiveStream, UNIXSocketStream
from anyio.streams.buffered import BufferedByteReceiveStream
from loguru import logger

from mcp_jobs.adapters.handover.lines import LINE_BYTES, ORDERS, REPORTS, decode, encode
from mcp_jobs.core.errors import ServersError
from mcp_jobs.core.order import Order
from mcp_jobs.core.report import WorkReport

Work = Callable[[Order], Awaitable[WorkReport]]


async def serve(connection: socket.socket, work: Work) -> None:
    """Carry out orders until the runner has gone; what is at work then is cancelled.

    Raises ServersError for what is no order.
    """
    async with await UNIXSocketStream.from_socket(connection) as stream:
        lines = BufferedByteReceiveStream(stream)
        while (line := await _next(lines)) is not None:
            report = await _while_connected(lines, work(decode(ORDERS, line)))
            if report is None:
                logger.warning("the runner has gone; the servers of its message were ended")
                return
            with suppress(anyio.BrokenResourceError):  # the next line doesn't come either
                await stream.send(encode(REPORTS, report))


async def _next(lines: BufferedByteReceiveStream) -> bytes | None:
    """The next line, None where the runner has gone."""
    try:
        return await lines.receive_until(b"\n", LINE_BYTES)
    except (anyio.IncompleteRead, anyio.BrokenResourceError):
        return None
    except anyio.DelimiterNotFound:
        raise ServersError(f"the runner has sent an order of more than {LINE_BYTES} bytes") from None


async def _while_connected(lines: ByteReceiveStream, work: Awaitable[WorkReport]) -> WorkReport | None:
    """The report; None where the runner went before, and the work was cancelled."""
    report = None
    async with anyio.create_task_group() as tasks:

        async def watch() -> None:
            with suppress(anyio.EndOfStream, anyio.BrokenResourceError):
                await lines.receive(1)  # nothing else may come before the report
            tasks.cancel_scope.cancel()

        tasks.start_soon(watch)
        report = await work
        tasks.cancel_scope.cancel()
    return report

"""The runner's end of the socket, once there is a message: an order out, its report in."""

import asyncio
import socket

from mcp_jobs.adapters.handover.lines import LINE_BYTES, ORDERS, REPORTS, decode, encode
from mcp_jobs.core.errors import ServersError
from mcp_jobs.core.order import Order
from mcp_jobs.core.report import WorkReport

_CHUNK_BYTES = 256 * 1024


async def ask(connection: socket.socket, order: Order, seconds: float) -> WorkReport:
    """Have an order carried out. Raises ServersError where no report of it comes within so many seconds."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(seconds):
            await loop.sock_sendall(connection, encode(ORDERS, order))
            return decode(REPORTS, await _line(loop, connection))
    except TimeoutError:
        raise ServersError(f"the container `servers` has sent no report within {seconds:g} s") from None
    except OSError as error:
        raise _ended(error.strerror or str(error)) from None


async def _line(loop: asyncio.AbstractEventLoop, connection: socket.socket) -> bytes:
    """All that comes up to the end of a line. One order is out at a time, so nothing follows it."""
    line = bytearray()
    while not line.endswith(b"\n"):
        data = await loop.sock_recv(connection, _CHUNK_BYTES)
        if not data:
            raise _ended("it closed the socket")
        line += data
        if len(line) > LINE_BYTES:
            raise ServersError(f"the container `servers` has sent a report of more than {LINE_BYTES} bytes")
    return bytes(line)


def _ended(reason: str) -> ServersError:
    return ServersError(
        f"the container `servers` ended before its report ({reason}): its log and state in the pod say why"
    )

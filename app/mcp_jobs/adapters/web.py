"""Web servers: sockets, and uvicorn on them in a thread."""

import asyncio
import socket
import ssl
import threading

from starlette.types import ASGIApp
from uvicorn import Config, Server

from mcp_jobs.core.errors import McpJobsError

#: seconds; longer than the 90 of the API server, so that it is never the one to find a connection closed
_KEEP_ALIVE = 120
_GRACE_SECONDS = 5


class ServerError(McpJobsError):
    """Raised when a port can't be listened on."""


def listen(port: int, address: str = "") -> socket.socket:
    """Listen on an IPv4 address, or on all of them, of both families. Raises ServerError."""
    both = not address and socket.has_dualstack_ipv6()
    family = socket.AF_INET6 if both else socket.AF_INET
    try:
        sock = socket.create_server((address, port), family=family, backlog=512, dualstack_ipv6=both)
    except OSError as error:
        raise ServerError(f"port {port} can't be listened on: {error.strerror}") from None
    # asyncio does so only for sockets it made itself. Head and body of an answer are two packets: without
    # this, the second waits 40 ms for the first one's acknowledgement.
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


class WebServer:
    """Several servers, in one event loop in a thread of its own."""

    def __init__(self) -> None:
        self._servers: list[tuple[Server, socket.socket]] = []
        self._thread = threading.Thread(target=self._run, name="web", daemon=True)

    def add(self, app: ASGIApp, sock: socket.socket, context: ssl.SSLContext | None = None) -> None:
        """Serve an application on a socket, over TLS if there is a context."""
        config = Config(
            app,
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=_KEEP_ALIVE,
            timeout_graceful_shutdown=_GRACE_SECONDS,
            ssl_context_factory=(lambda config, default: context) if context else None,
        )
        self._servers.append((Server(config), sock))

    @property
    def alive(self) -> bool:
        """Whether it serves."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Start to serve."""
        self._thread.start()

    def stop(self) -> None:
        """Answer what was asked, then stop."""
        for server, _ in self._servers:
            server.should_exit = True
        self._thread.join(_GRACE_SECONDS + 1)

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        await asyncio.gather(*(server.serve(sockets=[sock]) for server, sock in self._servers))

"""The web: HTTPS for the API server and for peers, plain HTTP for probes and Prometheus."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp
from uvicorn import Config, Server

from mcp_jobs.adapters.metrics import REVIEW_SECONDS, Metrics
from mcp_jobs.admission.gate import Forward, Gate
from mcp_jobs.admission.peer import FORWARDED, PeerError, Peers
from mcp_jobs.core.errors import McpJobsError
from mcp_jobs.core.review import ReviewError, read_review

#: bytes; an object of the API server has at most 1.5 MiB, and an update carries two
_MAX_REVIEW = 4 * 1024 * 1024
#: seconds; longer than the 90 of the API server, so that it is never the one to find a connection closed
_KEEP_ALIVE = 120
_GRACE_SECONDS = 5
_FORWARDS = 16


class ServerError(McpJobsError):
    """Raised when a port can't be listened on."""


class Webhooks:
    """The handlers of /mutate and /validate."""

    def __init__(self, gate: Gate, peers: Peers, metrics: Metrics) -> None:
        self._gate = gate
        self._peers = peers
        self._metrics = metrics
        self._forwards = ThreadPoolExecutor(_FORWARDS, thread_name_prefix="forward")

    async def mutate(self, request: Request) -> Response:
        """Answer a mutating review."""
        with self._metrics.timed(REVIEW_SECONDS):
            try:
                return _json(self._gate.mutate(read_review(await _body(request))))
            except ReviewError as error:
                return self._refuse("mutate", error)

    async def validate(self, request: Request) -> Response:
        """Answer a validating review."""
        with self._metrics.timed(REVIEW_SECONDS):
            try:
                return _json(await self._validate(await _body(request), FORWARDED in request.headers))
            except ReviewError as error:
                return self._refuse("validate", error)

    async def _validate(self, body: bytes, forwarded: bool) -> bytes:
        review = read_review(body)
        answer = self._gate.validate(review, forwarded=forwarded)
        if not isinstance(answer, Forward):
            return answer
        ask = self._peers.ask
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._forwards, ask, answer.address, "/validate", body
            )
        except PeerError as error:
            return self._gate.without_leader(review, f"{error}; the next poll tries again")

    def _refuse(self, webhook: str, error: ReviewError) -> Response:
        self._gate.malformed(webhook, str(error))
        return PlainTextResponse(str(error), status_code=400)


async def _body(request: Request) -> bytes:
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > _MAX_REVIEW:
            raise ReviewError(f"expected at most {_MAX_REVIEW} bytes")
        parts.append(part)
    return b"".join(parts)


def _json(body: bytes) -> Response:
    return Response(body, media_type="application/json")


def webhook_app(webhooks: Webhooks) -> Starlette:
    """What the API server talks to."""
    return Starlette(
        routes=[
            Route("/mutate", webhooks.mutate, methods=["POST"]),
            Route("/validate", webhooks.validate, methods=["POST"]),
        ]
    )


def status_app(
    problem: Callable[[], str], dead: Callable[[], str], render_metrics: Callable[[], bytes]
) -> Starlette:
    """What the kubelet and Prometheus talk to. `problem` and `dead` are sentences, "" for none."""

    async def healthz(request: Request) -> Response:
        return _status(dead())

    async def readyz(request: Request) -> Response:
        return _status(problem())

    async def metrics(request: Request) -> Response:
        return Response(render_metrics(), media_type="text/plain; version=0.0.4; charset=utf-8")

    routes = [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]
    return Starlette(routes=routes)


def _status(problem: str) -> Response:
    return PlainTextResponse(problem or "ok", status_code=503 if problem else 200)


def listen(port: int) -> socket.socket:
    """Listen on all addresses, of both families where there are two. Raises ServerError."""
    both = socket.has_dualstack_ipv6()
    family = socket.AF_INET6 if both else socket.AF_INET
    try:
        sock = socket.create_server(("", port), family=family, backlog=512, dualstack_ipv6=both)
    except OSError as error:
        raise ServerError(f"port {port} can't be listened on: {error.strerror}") from None
    # asyncio does so only for sockets it made itself. Head and body of an answer are two packets: without
    # this, the second waits 40 ms for the first one's acknowledgement.
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


class WebServer:
    """Both servers, in one event loop in a thread of its own."""

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

"""What the helper answers: reviews over HTTPS, probes and Prometheus over plain HTTP."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from mcp_jobs.adapters.metrics import REVIEW_SECONDS, Metrics
from mcp_jobs.admission.gate import Forward, Gate
from mcp_jobs.admission.peer import FORWARDED, PeerError, Peers
from mcp_jobs.core.review import ReviewError, read_review

#: bytes; an object of the API server has at most 1.5 MiB, and an update carries two
_MAX_REVIEW = 4 * 1024 * 1024
_FORWARDS = 16


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
    problem: Callable[[], str], dead: Callable[[], str], render_metrics: Callable[[str], tuple[bytes, str]]
) -> Starlette:
    """What the kubelet and Prometheus talk to.

    `problem` and `dead` are sentences, "" for none; `render_metrics` is given what the scrape accepts.
    """

    async def healthz(request: Request) -> Response:
        return _status(dead())

    async def readyz(request: Request) -> Response:
        return _status(problem())

    async def metrics(request: Request) -> Response:
        body, content_type = render_metrics(request.headers.get("accept", ""))
        return Response(body, headers={"content-type": content_type})

    routes = [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]
    return Starlette(routes=routes)


def _status(problem: str) -> Response:
    return PlainTextResponse(problem or "ok", status_code=503 if problem else 200)

"""MCP over HTTP: the streamable transport, and SSE, its predecessor."""

import json
import os
import ssl
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx2
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client

from mcp_jobs.adapters.mcp.auth import Login
from mcp_jobs.adapters.mcp.fault import Fault
from mcp_jobs.adapters.mcp.limits import Surroundings
from mcp_jobs.adapters.mcp.network import GuardedTransport, bound
from mcp_jobs.adapters.mcp.text import excerpt
from mcp_jobs.core.failure import FailureClass
from mcp_jobs.core.servers import Server, Transport

#: the longest event a streamable HTTP server may send; for SSE the SDK has 1 MiB
EVENT_BYTES = 16 * 1024 * 1024
_UNSENDABLE = (httpx2.UnsupportedProtocol, httpx2.InvalidURL, httpx2.LocalProtocolError, UnicodeError)
_WORTH_ANOTHER_TRY = {408, 425, 429}
_ADVICE = dict.fromkeys((401, 403), " (check its headers)") | dict.fromkeys(
    (404, 405), ' (check its url, and its type: "http" or "sse")'
)
_REDIRECTED = " (it leads elsewhere, and is not followed: use the url it ends at)"


class HttpWire:
    """One connection to a server's URL.

    `cut` ends the connection: the SDK lets a caller wait for ever where an SSE server refuses a message.
    """

    stumbled = False

    def __init__(
        self,
        server: Server,
        login: Login | None,
        surroundings: Surroundings,
        *,
        connect_seconds: float,
        cut: Callable[[], None],
    ) -> None:
        self._url = server.url or ""
        self._login = login
        self._surroundings = surroundings
        self._headers = dict(server.headers)
        self._sse = server.transport is Transport.SSE
        self._connect_seconds = connect_seconds
        self._cut = cut
        self._refusal: Fault | None = None
        self._connected = False

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[Any]:
        """Connect; the streams are as the SDK's transports give them."""
        if self._sse:
            async with sse_client(
                self._url, self._headers, auth=self._login, httpx_client_factory=self._client
            ) as streams:
                self._connected = True
                yield streams
        else:
            async with (
                self._client(self._headers, auth=self._login) as client,
                streamable_http_client(
                    self._url, http_client=client, max_sse_event_size=EVENT_BYTES
                ) as streams,
            ):
                yield streams

    def trouble(self, error: BaseException | None, *, timed_out: bool = False) -> Fault | None:
        """What this end of the wire knows about a connection that failed."""
        reason = "it took too long" if error is None else _reason(error)
        if self._refusal is not None:
            return self._refusal
        if self._login is not None and (fault := self._login.trouble(reason)) is not None:
            return fault
        if isinstance(error, _UNSENDABLE):
            what = "has a url or headers that can't be sent over HTTP: correct them"
            return self._fault(what, retriable=False)
        if isinstance(error, httpx2.SSEError):
            return self._fault(f"broke off its event stream: {excerpt(str(error))}", retriable=False)
        if isinstance(error, httpx2.HTTPError):
            return self._fault(f"could not be reached at {self._origin()}: {reason}", retriable=True)
        if self._sse and not self._connected and isinstance(error, RuntimeError):
            what = f"has no SSE endpoint at {self._origin()}: its event stream ended without naming one"
            return Fault(FailureClass.PROTOCOL, what, retriable=False)
        return None

    def last_words(self) -> str:
        """What to add to a sentence about this server: nothing, it has no stderr here."""
        return ""

    def _client(
        self,
        headers: dict[str, str] | None = None,
        timeout: httpx2.Timeout | None = None,
        auth: httpx2.Auth | None = None,
    ) -> httpx2.AsyncClient:
        # Only connecting is timed here: how long an answer may take is for the caller's own deadline.
        return httpx2.AsyncClient(
            # Nothing compressed: a small answer could fill the memory.
            headers={"Accept-Encoding": "identity"} | (headers or {}),
            auth=auth,
            transport=self._transport(),
            timeout=httpx2.Timeout(None, connect=self._connect_seconds),
            event_hooks={"request": [self._asked], "response": [self._answered]},
        )

    def _transport(self) -> httpx2.AsyncBaseTransport | None:
        """None is the library's own, with the machine's proxies: where everything is allowed."""
        if self._surroundings.allow.everything:
            return None
        return GuardedTransport(
            self._surroundings.allow,
            api_server=self._surroundings.api_server,
            connect_seconds=self._connect_seconds,
            told=self._tell,
        )

    def _tell(self, fault: Fault) -> None:
        self._refusal = fault
        if self._sse and self._connected:
            self._cut()

    async def _asked(self, request: httpx2.Request) -> None:
        if self._counts(request) or Login.owns(request):  # with the latter a refusal is being cured
            self._refusal = None

    async def _answered(self, response: httpx2.Response) -> None:
        bound(response, self._tell)
        if response.is_success or not self._counts(response.request):
            return
        body = await response.aread()
        if self._sse or not _is_jsonrpc_error(body):
            self._tell(self._refused(response, body))

    def _counts(self, request: httpx2.Request) -> bool:
        # A streamable server may well refuse the GET of its event stream and the DELETE of its session.
        return not Login.owns(request) and (self._sse or request.method == "POST")

    def _refused(self, response: httpx2.Response, body: bytes) -> Fault:
        status = response.status_code
        what = f"answered {status} {response.reason_phrase} at {self._origin()}"
        if words := excerpt(body[:2000].decode("utf-8", "replace"), 200):
            what += f": {words}"
        if self._login is not None and status in (401, 403):
            what += " (it does not accept the token: check its auth)"
        else:
            what += _ADVICE.get(status, _REDIRECTED if response.is_redirect else "")
        return self._fault(what, retriable=status >= 500 or status in _WORTH_ANOTHER_TRY)

    def _fault(self, what: str, *, retriable: bool) -> Fault:
        return Fault(FailureClass.TRANSPORT, what, retriable=retriable)

    def _origin(self) -> str:
        """The URL without user, path and query: people put keys into all three."""
        parts = urlsplit(self._url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _is_jsonrpc_error(body: bytes) -> bool:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(answer, dict) and "jsonrpc" in answer and "error" in answer


def _reason(error: BaseException) -> str:
    """The system's own words, which the libraries wrap several times, else the outermost ones."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):  # its number is none of the system's
            return excerpt(getattr(cause, "verify_message", "") or str(cause))
        if isinstance(cause, OSError) and cause.errno:
            # Name resolution counts below zero.
            return os.strerror(cause.errno) if cause.errno > 0 else str(cause.strerror)
        cause = cause.__cause__ or cause.__context__
    return excerpt(str(error)) or type(error).__name__

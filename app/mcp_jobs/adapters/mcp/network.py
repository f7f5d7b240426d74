"""HTTP connections only to what the allow-list says: each request, redirects and logins included.

The name is looked up here, its addresses are judged, and the connection is made to one that was judged: a
second answer of the DNS can't lead elsewhere. Certificate and Host header stay those of the name.
"""

import socket
from collections.abc import AsyncIterator, Callable, Iterable
from ipaddress import ip_address

import anyio
import httpx2

from mcp_jobs.adapters.mcp.fault import Fault, refused
from mcp_jobs.adapters.mcp.text import excerpt
from mcp_jobs.core.allow import VALUE, Allow
from mcp_jobs.core.allow_address import Address, special_kind
from mcp_jobs.core.allow_url import UrlRule, read_target
from mcp_jobs.core.failure import FailureClass

#: the longest answer that is not an event stream, whose events have a limit of their own
BODY_BYTES = 16 * 1024 * 1024
_CONNECTING = (httpx2.ConnectError, httpx2.ConnectTimeout)


class GuardedTransport(httpx2.AsyncBaseTransport):
    """Sends a request to an address that the rules allow, or raises a Fault.

    `api_server` is the host of Kubernetes' API, which only a rule of its own opens. `told` hears of a refusal
    first: the SDK keeps some exceptions to itself.
    """

    def __init__(
        self, allow: Allow, *, api_server: str, connect_seconds: float, told: Callable[[Fault], None]
    ) -> None:
        self._allow = allow
        self._api_server = api_server
        self._seconds = connect_seconds
        self._told = told
        # One for each name: connections are kept by address, and another name's certificate won't do.
        self._transports: dict[str, httpx2.AsyncHTTPTransport] = {}

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send the request to the first address that answers."""
        try:
            addresses = await self._addresses(request.url)
        except Fault as fault:
            self._told(fault)
            raise
        for address in addresses[:-1]:
            try:
                return await self._send(request, address)
            except _CONNECTING:
                continue
        return await self._send(request, addresses[-1])

    async def aclose(self) -> None:
        """Close all connections."""
        for transport in self._transports.values():
            await transport.aclose()

    async def _send(self, request: httpx2.Request, address: Address) -> httpx2.Response:
        name = _host(request.url)
        transport = self._transports.setdefault(name, httpx2.AsyncHTTPTransport())
        pinned = httpx2.Request(
            request.method,
            request.url.copy_with(host=str(address)),
            headers=request.headers,
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": name},
        )
        return await transport.handle_async_request(pinned)

    async def _addresses(self, url: httpx2.URL) -> list[Address]:
        """Those of the host's addresses that its rule allows, at least one."""
        target = read_target(str(url))
        rule = self._allow.url_rule(str(url))
        if target is None or rule is None:
            place = target.origin + target.path if target else "a url that is not plain"
            raise refused(f"is refused: it leads to {place}, which no rule in {VALUE}.urls allows")
        found = await self._lookup(_host(url), url.port or target.port)
        forbidden = await self._api_addresses()
        problems = {address: _problem(address, rule, forbidden) for address in found}
        allowed = [address for address, problem in problems.items() if problem is None]
        if not allowed:
            address, problem = next(iter(problems.items()))
            line = f"{rule.text} {address}"
            raise refused(
                f"is refused: {target.host} is at {address}, {problem}, which its rule does not list; "
                f'write "{line}" in {VALUE}.urls if that is meant'
            )
        return allowed

    async def _api_addresses(self) -> Iterable[Address]:
        if not self._api_server:
            return ()
        try:
            return await self._lookup(self._api_server, 443)
        except httpx2.ConnectError:
            return ()

    async def _lookup(self, host: str, port: int) -> list[Address]:
        try:
            with anyio.fail_after(self._seconds):
                found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except TimeoutError:
            raise httpx2.ConnectTimeout(f"the name was not resolved within {self._seconds:g} s") from None
        except (OSError, UnicodeError) as error:
            raise httpx2.ConnectError(str(error)) from error
        # An IPv6 address may carry the name of an interface.
        return list(dict.fromkeys(ip_address(str(place[0]).partition("%")[0]) for *_, place in found))


def bound(response: httpx2.Response, told: Callable[[Fault], None]) -> None:
    """Have an answer end with a Fault where it is too long. Raises Fault where it is compressed."""
    encoding = response.headers.get("Content-Encoding", "identity")
    if encoding.strip().lower() != "identity":
        what = f"sent an answer encoded as {excerpt(encoding, 40)!r}, though it was asked for none"
        fault = Fault(FailureClass.PROTOCOL, what, retriable=False)
        told(fault)
        raise fault
    is_stream = response.headers.get("Content-Type", "").lower().startswith("text/event-stream")
    if not is_stream and isinstance(response.stream, httpx2.AsyncByteStream):
        response.stream = _Bounded(response.stream, told)


class _Bounded(httpx2.AsyncByteStream):
    """A body that ends with a Fault where it is longer than `BODY_BYTES`."""

    def __init__(self, body: httpx2.AsyncByteStream, told: Callable[[Fault], None]) -> None:
        self._body = body
        self._told = told

    async def __aiter__(self) -> AsyncIterator[bytes]:
        room = BODY_BYTES
        async for chunk in self._body:
            room -= len(chunk)
            if room < 0:
                what = f"sent an answer longer than {BODY_BYTES // 2**20} MiB"
                fault = Fault(FailureClass.PROTOCOL, what, retriable=False)
                self._told(fault)
                raise fault
            yield chunk

    async def aclose(self) -> None:
        await self._body.aclose()


def _problem(address: Address, rule: UrlRule, forbidden: Iterable[Address]) -> str | None:
    if address in forbidden and not rule.names(address):
        return "the Kubernetes API server"
    return None if rule.leads_to(address) else special_kind(address)


def _host(url: httpx2.URL) -> str:
    return url.raw_host.decode("ascii")

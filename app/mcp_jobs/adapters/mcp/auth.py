"""How a server over HTTP is logged in to without a person: a token file, or OAuth client credentials.

All requests of a login go through the client of its server, and so through the same rules for the network.
"""

from collections.abc import AsyncGenerator
from pathlib import Path

import httpx2
from mcp.client.auth import OAuthFlowError, OAuthTokenError, TokenStorage
from mcp.client.auth.extensions.client_credentials import ClientCredentialsOAuthProvider
from mcp.shared.auth import OAuthClientInformationFull, OAuthToken

from mcp_jobs.adapters.mcp.fault import Fault, refused
from mcp_jobs.adapters.mcp.secret_files import secret_text
from mcp_jobs.adapters.mcp.text import excerpt
from mcp_jobs.core.failure import FailureClass
from mcp_jobs.core.redact import hide
from mcp_jobs.core.servers import ClientCredentials, Server, TokenFile

_LOGIN = "mcp-jobs-login"  # the extension that marks a login's own requests


class Login(httpx2.Auth):
    """The login of one server."""

    requires_response_body = True
    _fault: Fault | None = None
    _unanswered: httpx2.URL | None = None

    @staticmethod
    def owns(request: httpx2.Request) -> bool:
        """Whether this is a request of a login itself, not of its server."""
        return _LOGIN in request.extensions

    def trouble(self, reason: str) -> Fault | None:
        """Why the login failed, None if it did not; `reason` is why a request of it got no answer."""
        if self._fault is None and self._unanswered is not None:
            url = self._unanswered
            what = f"got no token: {url.scheme}://{url.netloc.decode()} gave no answer: {reason}"
            return Fault(FailureClass.TRANSPORT, what, retriable=True)
        return self._fault


def login_of(server: Server, root: Path) -> Login | None:
    """The login that `server` asks for, None without one.

    Raises:
        Fault: a file of it can't be read, or its issuer is no URL.
    """
    match server.auth:
        case TokenFile(path):
            return _TokenFileLogin(path, root)
        case ClientCredentials() as given:
            return _OAuthLogin(server.url or "", given, root)
    return None


class _TokenFileLogin(Login):
    """Sends what the file holds at that moment: whoever rotates the token only has to write the Secret."""

    def __init__(self, path: str, root: Path) -> None:
        self._path = path
        self._root = root
        self._token()

    async def async_auth_flow(
        self, request: httpx2.Request
    ) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        self._fault = None
        try:
            request.headers["Authorization"] = f"Bearer {self._token()}"
        except Fault as fault:
            self._fault = fault
            raise
        yield request

    def _token(self) -> str:
        return _credential("auth.tokenFile", self._path, self._root)


class _OAuthLogin(Login):
    """The SDK's client credentials flow, with its failures as sentences."""

    def __init__(self, url: str, given: ClientCredentials, root: Path) -> None:
        self._issuer = given.issuer
        self._answer: httpx2.Response | None = None
        hide(given.client_secret)
        self._provider = _Provider(
            url,
            _Memory(),
            client_id=_either(given.client_id, "auth.clientIdFile", given.client_id_file, root),
            client_secret=_either(
                given.client_secret, "auth.clientSecretFile", given.client_secret_file, root
            ),
            token_endpoint_auth_method="client_secret_post" if given.in_body else "client_secret_basic",
            scope=" ".join(given.scopes) or None,
            issuer=given.issuer,
        )

    async def async_auth_flow(
        self, request: httpx2.Request
    ) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        self._fault = self._unanswered = None
        flow = self._provider.async_auth_flow(request)
        try:
            step = await anext(flow)
            while True:
                if step is not request:
                    step.extensions[_LOGIN] = True
                    self._unanswered = step.url
                self._answer = yield step
                self._unanswered = None
                step = await flow.asend(self._answer)
        except StopAsyncIteration:
            return
        except OAuthFlowError as error:
            self._fault = self._explain(error)
            raise self._fault from None
        finally:
            await flow.aclose()

    def _explain(self, error: OAuthFlowError) -> Fault:
        status = self._answer.status_code if self._answer is not None else 0
        if isinstance(error, OAuthTokenError) and self._answer is not None and status not in (200, 201):
            words = excerpt(self._answer.text, 200)
            what = f"got no token: its authorization server {self._issuer} answered {status}: {words}"
            if status in (400, 401, 403):
                what += " (check the client id, the secret and the scopes in auth)"
        else:
            what = f"got no token of {self._issuer}: {excerpt(str(error))} (check issuer in auth)"
        return Fault(FailureClass.TRANSPORT, what, retriable=status >= 500 or status == 429)


class _Provider(ClientCredentialsOAuthProvider):
    """Asks for the scopes of the entry where it has some; the SDK replaces them by what the server lists."""

    async def _perform_authorization(self) -> httpx2.Request:
        if self._fixed_client_info.scope:
            self.context.client_metadata.scope = self._fixed_client_info.scope
        return await super()._perform_authorization()


class _Memory(TokenStorage):
    """Keeps the token of one message's server, and hides it."""

    def __init__(self) -> None:
        self._tokens: OAuthToken | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self._tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        hide(tokens.access_token, tokens.refresh_token or "")
        self._tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return None

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        return None


def _either(inline: str, field: str, path: str | None, root: Path) -> str:
    return inline if path is None else _credential(field, path, root)


def _credential(field: str, path: str, root: Path) -> str:
    """What a file holds, but for the line end that editors add; it is hidden from now on."""
    text = secret_text(field, path, root).strip()
    if not text or not text.isascii() or not text.isprintable():
        raise refused(f"names {field} {path!r}, which must hold one line of ASCII characters and does not")
    hide(text)
    return text

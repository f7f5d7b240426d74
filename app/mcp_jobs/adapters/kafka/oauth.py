"""SASL/OAUTHBEARER, unattended: a token by client credentials (RFC 6749, section 4.4)."""

import base64
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from kafka.net.sasl.oauth import AbstractTokenProvider

from mcp_jobs.adapters.kafka.refusal import TokenRefused
from mcp_jobs.core.errors import ProtocolError
from mcp_jobs.core.redact import hide

_DEADLINE_SECONDS = 10
_MOST_BYTES = 1024 * 1024
#: seconds before its end at which a token counts as over
_MARGIN_SECONDS = 30


class ClientCredentials(AbstractTokenProvider):  # type: ignore[misc]  # kafka-python has no types
    """Asks `endpoint` for a token and keeps it while it is good. `scopes`: separated by commas."""

    def __init__(self, endpoint: str, client_id: str, client_secret: str, scopes: str = "") -> None:
        if not endpoint.startswith(("https://", "http://")):
            raise ProtocolError("the OAuth token endpoint must be an https URL")
        self._endpoint = endpoint
        login = f"{urllib.parse.quote(client_id, safe='')}:{urllib.parse.quote(client_secret, safe='')}"
        self._login = base64.b64encode(login.encode()).decode()
        self._scopes = " ".join(scope.strip() for scope in scopes.split(",") if scope.strip())
        self._token = ""
        self._over = 0.0

    def token(self) -> str:
        """A token that is good for a while. Raises ProtocolError naming the endpoint, never the secret."""
        if time.monotonic() >= self._over:
            answer = self._ask()
            self._token = str(answer["access_token"])
            hide(self._token)
            self._over = time.monotonic() + float(answer.get("expires_in", 300)) - _MARGIN_SECONDS
        return self._token

    def _ask(self) -> dict[str, Any]:
        form = {"grant_type": "client_credentials"} | ({"scope": self._scopes} if self._scopes else {})
        request = urllib.request.Request(
            self._endpoint,
            data=urllib.parse.urlencode(form).encode(),
            headers={"Authorization": f"Basic {self._login}", "Accept": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=_DEADLINE_SECONDS) as response:
                answer = json.loads(response.read(_MOST_BYTES))
        except urllib.error.HTTPError as error:
            error.close()
            raise self._refused(error.code) from None
        except (OSError, ValueError) as error:
            raise ProtocolError(
                f"the OAuth token endpoint {self._endpoint} gives no token: {error}"
            ) from None
        if not isinstance(answer, dict) or not answer.get("access_token"):
            raise ProtocolError(f"the OAuth token endpoint {self._endpoint} answers without an access_token")
        return answer

    def _refused(self, status: int) -> ProtocolError:
        said = f"the OAuth token endpoint {self._endpoint} answers {status}"
        if status >= 500 or status == 429:
            return ProtocolError(said)
        return TokenRefused(f"{said}: are client id, secret and scopes right (username, password, scopes)?")

"""Asking the leader: a standby passes reviews on as they came."""

import ssl
from pathlib import Path

import urllib3
from urllib3.exceptions import HTTPError, ProtocolError, SSLError

from mcp_jobs.core.errors import McpJobsError

#: seconds; the API server gives the whole review 5
DEADLINE_SECONDS = 3.0
#: marks a review that was passed on: whoever gets it does not pass it on again
FORWARDED = "x-mcp-jobs-forwarded"
_CONNECTIONS = 16


class PeerError(McpJobsError):
    """Raised when the leader does not answer."""


class Peers:
    """Connections to other replicas. All serve the Service's certificate, none has one for its address."""

    def __init__(self, ca_file: Path, host: str) -> None:
        self._ca_file = ca_file
        self._host = host
        self._pool = self._connect()

    def refresh(self) -> None:
        """Read the authorities again."""
        self._pool = self._connect()

    def ask(self, address: str, path: str, body: bytes) -> bytes:
        """The leader's answer. Raises PeerError."""
        url = f"https://{address}{path}"
        try:
            try:
                return self._post(url, body)
            except ProtocolError:  # an idle connection that the leader closed; a review may be asked twice
                return self._post(url, body)
        except SSLError as error:
            cause = "its certificate has expired: renew it" if "expired" in str(error) else str(error)
            raise PeerError(f"the leader {address} is not trusted: {cause}") from error
        except HTTPError as error:
            raise PeerError(f"the leader {address} does not answer: {error}") from error

    def _post(self, url: str, body: bytes) -> bytes:
        headers = {"Content-Type": "application/json", FORWARDED: "1"}
        response = self._pool.request("POST", url, body=body, headers=headers)
        if response.status != 200:
            raise PeerError(f"the leader answers {response.status}: {response.data[:200]!r}")
        return response.data

    def _connect(self) -> urllib3.PoolManager:
        return urllib3.PoolManager(
            ssl_context=ssl.create_default_context(cafile=str(self._ca_file)),
            server_hostname=self._host,
            retries=False,
            maxsize=_CONNECTIONS,
            timeout=urllib3.Timeout(total=DEADLINE_SECONDS, connect=1.0),
        )

"""An OAuth token server: client credentials in, signed tokens out, and the keys to check them with."""

import base64
import http.server
import json
import threading
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

AUDIENCE = "kafka"
SECRET = "secret"  # of every client
_KEY = "key-1"


class TokenServer:
    """Gives each client that knows SECRET a token for its own name."""

    def __init__(self, port: int) -> None:
        self._lasts = 300
        self.address = f"http://127.0.0.1:{port}"
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    @property
    def keys(self) -> dict[str, Any]:
        """The public keys (RFC 7517)."""
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key()))
        return {"keys": [{**public, "kid": _KEY, "use": "sig", "alg": "RS256"}]}

    @contextmanager
    def giving(self, *, lasts: int) -> Iterator[None]:
        """Give tokens that are good for so many seconds; less than none: expired ones."""
        before, self._lasts = self._lasts, lasts
        try:
            yield
        finally:
            self._lasts = before

    def token(self, client: str) -> str:
        """A token whose subject is the client."""
        now = int(time.time())
        claims = {
            "iss": self.address, "aud": AUDIENCE, "sub": client, "scope": "kafka",
            "iat": now, "exp": now + self._lasts,
        }  # fmt: skip
        return jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": _KEY})

    def answer(self, authorization: str, form: dict[str, list[str]]) -> tuple[int, dict[str, Any]]:
        """The answer to a request for a token (RFC 6749, section 4.4)."""
        client, _, secret = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        if secret != SECRET or form.get("grant_type") != ["client_credentials"]:
            return 401, {"error": "invalid_client"}
        token = self.token(urllib.parse.unquote(client))
        return 200, {"access_token": token, "token_type": "Bearer", "expires_in": 300}


@contextmanager
def token_server() -> Iterator[TokenServer]:
    """A token server of this process."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say(200, server.keys)

        def do_POST(self) -> None:
            form = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self._say(*server.answer(self.headers["Authorization"], form))

        def _say(self, status: int, body: dict[str, Any]) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        server = TokenServer(httpd.server_address[1])
        thread = threading.Thread(target=httpd.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            httpd.shutdown()
            thread.join(10)

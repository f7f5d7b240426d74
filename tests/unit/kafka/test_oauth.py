"""A token for Kafka by client credentials, from a small token endpoint."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from mcp_jobs.adapters.kafka.oauth import ClientCredentials
from mcp_jobs.core.errors import ProtocolError


@contextmanager
def endpoint(status: int, answer: object, asked: list[tuple[str, str]]) -> Iterator[str]:
    """A token endpoint that notes what it is asked."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            asked.append((self.headers["Authorization"], body))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/token"
        server.shutdown()
        thread.join(5)


def test_a_token_is_asked_for_once_and_kept_while_it_is_good() -> None:
    asked: list[tuple[str, str]] = []
    with endpoint(200, {"access_token": "t", "expires_in": 300}, asked) as url:
        provider = ClientCredentials(url, "me", "pass:word", "a, b")
        assert [provider.token(), provider.token()] == ["t", "t"]

    assert asked == [("Basic bWU6cGFzcyUzQXdvcmQ=", "grant_type=client_credentials&scope=a+b")]


def test_a_token_about_to_end_is_asked_for_again() -> None:
    asked: list[tuple[str, str]] = []
    with endpoint(200, {"access_token": "t", "expires_in": 20}, asked) as url:
        provider = ClientCredentials(url, "me", "secret")
        provider.token()
        provider.token()

    assert len(asked) == 2


@pytest.mark.parametrize(
    ("status", "answer", "words"), [(401, {}, "answers 401"), (200, {"no": 1}, "without an access_token")]
)
def test_a_refusal_names_the_endpoint_and_not_the_secret(status: int, answer: object, words: str) -> None:
    with endpoint(status, answer, []) as url, pytest.raises(ProtocolError, match=words) as caught:
        ClientCredentials(url, "me", "hush").token()

    assert url in str(caught.value)
    assert "hush" not in str(caught.value)


def test_an_endpoint_that_is_no_url_is_refused() -> None:
    with pytest.raises(ProtocolError, match="https URL"):
        ClientCredentials("file:///etc/passwd", "me", "secret")

"""Servers that are reached by URL."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from integration.mcp.harness import call, http, run
from mcp_jobs.adapters.mcp.limits import Surroundings
from mcp_jobs.core.failure import Failure, FailureClass
from mcp_jobs.core.report import ServerStatus
from mcp_jobs.core.servers import Server, Transport


class Scripted(BaseHTTPRequestHandler):
    """Answers by path: /<status> with that status; /sse offers an SSE endpoint that refuses every message."""

    def do_GET(self) -> None:
        if self.path != "/sse":
            return self.do_POST()
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.wfile.write(b"event: endpoint\ndata: /503\n\n")
        self.wfile.flush()
        self.rfile.read()  # until the client leaves
        return None

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(int(self.path.strip("/").split("?")[0]))
        self.send_header("Content-Type", "text/plain")
        self.send_header("Location", "http://elsewhere.invalid/")
        self.end_headers()
        self.wfile.write(b"try \x1b[1mlater\x1b[0m")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def scripted_url() -> Iterator[str]:
    """The base URL of a server that refuses."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Scripted) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def failure_of(surroundings: Surroundings, server: Server) -> Failure:
    """The failure of a message whose only server fails."""
    report = run(surroundings, [server])
    assert report.servers[0].status is ServerStatus.FAILED
    assert report.failure is not None
    return report.failure


def test_a_server_of_the_older_era_answers_over_streamable_http(
    surroundings: Surroundings, streamable_url: str
) -> None:
    report = run(surroundings, [http("every", streamable_url)], [call("every", "echo", message="hello")])
    assert report.failure is None
    [server] = report.servers
    assert server.transport == "streamable-http"
    assert (server.details or {})["era"] == "legacy"
    assert "Echo: hello" in json.dumps(report.calls[0].result)


def test_a_server_of_the_modern_era_answers_over_streamable_http(
    surroundings: Surroundings, modern_url: str
) -> None:
    report = run(surroundings, [http("modern", modern_url)], [call("modern", "add", a=20, b=22)])
    assert report.failure is None
    assert (report.servers[0].details or {})["era"] == "modern"
    assert (report.calls[0].result or {})["structuredContent"] == {"result": 42}


def test_invalid_arguments_are_the_tools_failure_not_the_connections(
    surroundings: Surroundings, modern_url: str
) -> None:
    report = run(surroundings, [http("modern", modern_url)], [call("modern", "add", a="x")])
    assert report.failure is not None
    assert report.failure.kind is FailureClass.TOOL


def test_a_server_answers_over_sse(surroundings: Surroundings, sse_url: str) -> None:
    server = http("every", sse_url, transport=Transport.SSE)
    report = run(surroundings, [server], [call("every", "echo", message="hello")])
    assert report.failure is None
    assert report.servers[0].transport == "sse"
    assert "Echo: hello" in json.dumps(report.calls[0].result)


@pytest.mark.parametrize("transport", [Transport.STREAMABLE_HTTP, Transport.SSE])
def test_a_refused_connection_may_be_tried_again(surroundings: Surroundings, transport: Transport) -> None:
    failure = failure_of(surroundings, http("gone", "http://127.0.0.1:9/secret?key=1", transport=transport))
    assert (failure.kind, failure.retriable) == (FailureClass.TRANSPORT, True)
    assert failure.message == "Server 'gone' could not be reached at http://127.0.0.1:9: Connection refused"


def test_a_name_that_is_in_no_dns_is_said_so(surroundings: Surroundings) -> None:
    failure = failure_of(surroundings, http("gone", "http://nowhere.invalid/mcp"))
    assert (failure.kind, failure.retriable) == (FailureClass.TRANSPORT, True)
    assert "could not be reached at http://nowhere.invalid: " in failure.message


@pytest.mark.parametrize("transport", [Transport.STREAMABLE_HTTP, Transport.SSE])
@pytest.mark.parametrize(
    ("status", "retriable", "words"),
    [
        (302, False, "answered 302 Found at {url}: try later (it leads elsewhere"),
        (401, False, "answered 401 Unauthorized at {url}: try later (check its headers)"),
        (
            404,
            False,
            'answered 404 Not Found at {url}: try later (check its url, and its type: "http" or "sse")',
        ),
        (429, True, "answered 429 Too Many Requests at {url}: try later"),
        (503, True, "answered 503 Service Unavailable at {url}: try later"),
    ],
)
def test_a_refusal_shows_its_status(
    surroundings: Surroundings,
    scripted_url: str,
    transport: Transport,
    status: int,
    retriable: bool,
    words: str,
) -> None:
    failure = failure_of(surroundings, http("no", f"{scripted_url}/{status}?key=secret", transport=transport))
    assert (failure.kind, failure.retriable) == (FailureClass.TRANSPORT, retriable)
    assert failure.message.startswith("Server 'no' " + words.format(url=scripted_url))
    assert "secret" not in failure.message


def test_a_message_refused_by_an_sse_server_does_not_wait_for_the_deadline(
    surroundings: Surroundings, scripted_url: str
) -> None:
    began = time.monotonic()
    failure = failure_of(surroundings, http("no", f"{scripted_url}/sse", transport=Transport.SSE))
    assert time.monotonic() - began < 30  # of 60 s for its start
    assert failure.kind is FailureClass.TRANSPORT
    assert "answered 503 Service Unavailable" in failure.message


@pytest.mark.parametrize("url", ["gopher://example.org/", "http://[::1", "nonsense"])
def test_a_url_that_is_none_fails_for_good(surroundings: Surroundings, url: str) -> None:
    failure = failure_of(surroundings, http("typo", url))
    assert (failure.kind, failure.retriable) == (FailureClass.TRANSPORT, False)
    assert "correct them" in failure.message


def test_a_header_http_can_not_send_fails_for_good_and_is_not_shown(
    surroundings: Surroundings, scripted_url: str
) -> None:
    failure = failure_of(
        surroundings, http("no", f"{scripted_url}/200", headers={"Authorization": "a\nsecret"})
    )
    assert (failure.kind, failure.retriable) == (FailureClass.TRANSPORT, False)
    assert "secret" not in failure.message

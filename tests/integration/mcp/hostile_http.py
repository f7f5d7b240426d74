"""An HTTP server that does to its clients what it should not."""

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from integration.kubernetes.certificates import Pair

METADATA = "http://169.254.169.254/latest/meta-data/"


class Hostile(BaseHTTPRequestHandler):
    """Answers by path; `asked` collects method and path of every request."""

    asked: list[str] = []  # noqa: RUF012 - one server for each test, which clears it

    def do_GET(self) -> None:
        self.asked.append(f"GET {self.path}")
        if not self.path.startswith("/mcp/sse"):
            return self._end(405, b"")
        endpoint = {"/mcp/sse-away": METADATA, "/mcp/sse-out": "/admin"}.get(self.path, "/mcp/huge")
        self._head(200, "text/event-stream")
        self.wfile.write(f"event: endpoint\ndata: {endpoint}\n\n".encode())
        self.wfile.flush()
        self.rfile.read()  # until the client leaves
        return None

    def do_POST(self) -> None:
        self.asked.append(f"POST {self.path}")
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        match self.path:
            case "/mcp/302" | "/mcp/307":
                self.send_response(int(self.path[-3:]))
                self.send_header("Location", METADATA)
                self.end_headers()
            case "/mcp/inner":
                self.send_response(307)
                self.send_header("Location", "/admin")
                self.end_headers()
            case "/mcp/huge":
                self._head(200, "application/json")
                with suppress(OSError):
                    while True:
                        self.wfile.write(b" " * 1024 * 1024)
            case "/mcp/gzip":
                self._end(200, b"\x1f\x8b", encoding="gzip")
            case "/mcp/deep":
                self._end(500, b"[" * 200_000)
            case "/mcp/nested":
                body = '{"jsonrpc":"2.0","id":1,"result":' + '{"a":' * 50_000 + "1" + "}" * 50_001
                self._end(200, body.encode())
            case _:
                self._end(200, json.dumps({"admin": True}).encode())

    def _head(self, status: int, kind: str, encoding: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if encoding:
            self.send_header("Content-Encoding", encoding)
        self.end_headers()

    def _end(self, status: int, body: bytes, encoding: str = "") -> None:
        self._head(status, "application/json", encoding)
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def hostile(pair: Pair | None = None) -> Iterator[int]:
    """The port of such a server on the loopback address, with TLS if there is a certificate."""
    Hostile.asked.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Hostile) as server:
        if pair:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(pair.cert, pair.key)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()

"""Somebody else's webhook that takes its time: between our verdict and the write."""

import http.server
import json
import ssl
import threading

from integration.kubernetes.certificates import Pair
from mcp_jobs.local.ports import LOOPBACK

_LIMIT_SECONDS = 9.0


class SlowWebhook:
    """Admits everything; the Job with a certain name not before `release` is set."""

    def __init__(self, pair: Pair, slow_name: str) -> None:
        """Start to serve on `port`."""
        self.release = threading.Event()
        slow = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["request"]
                if request["name"] == slow_name:
                    slow.release.wait(_LIMIT_SECONDS)
                review = {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview"}
                answer = json.dumps({**review, "response": {"uid": request["uid"], "allowed": True}}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *arguments: object) -> None:
                """Say nothing."""

        self._server = http.server.ThreadingHTTPServer((LOOPBACK, 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair.cert, pair.key)
        self._server.socket = context.wrap_socket(
            self._server.socket, server_side=True, do_handshake_on_connect=False
        )
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def close(self) -> None:
        """Stop."""
        self.release.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

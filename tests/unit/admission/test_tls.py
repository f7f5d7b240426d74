"""Certificates: what callers find wrong, reading them again, and asking a peer by the Service's name."""

import datetime
import http.server
import shutil
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from kubernetes.client.api_client import ApiClient
from kubernetes.client.configuration import Configuration

from integration.kubernetes.certificates import Authority, Pair
from mcp_jobs.adapters.kubernetes.client import Cluster
from mcp_jobs.adapters.kubernetes.errors import Unreachable
from mcp_jobs.adapters.kubernetes.resource import jobs
from mcp_jobs.admission.peer import FORWARDED, PeerError, Peers
from mcp_jobs.admission.tls import Certificate, CertificateError
from mcp_jobs.local.ports import free_ports

HOST = "mcp-jobs-admission.mcp.svc"
HOUR = datetime.timedelta(hours=1)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "pki")


def certificate(authority: Authority, pair: Pair) -> Certificate:
    return Certificate(pair.cert, pair.key, authority.cert, host=HOST)


def test_callers_find_nothing_wrong_with_a_good_certificate(authority: Authority) -> None:
    assert certificate(authority, authority.issue("good", HOST)).problem() == ""


def test_an_expired_certificate_is_told(authority: Authority) -> None:
    pair = authority.issue("old", HOST, ends_in=-HOUR)
    assert certificate(authority, pair).problem() == "it has expired: renew the Secret it comes from"


def test_another_name_is_told(authority: Authority) -> None:
    pair = authority.issue("other", "other.mcp.svc")
    assert "Hostname mismatch" in certificate(authority, pair).problem()


def test_another_authority_is_told(authority: Authority, tmp_path: Path) -> None:
    pair = Authority(tmp_path / "other", "another one").issue("good", HOST)
    assert "unable to get local issuer certificate" in certificate(authority, pair).problem()


def test_an_authority_that_is_none_is_told(authority: Authority) -> None:
    pair = authority.issue("good", HOST)
    authority.cert.write_text("nothing", encoding="utf-8")
    assert str(authority.cert) in certificate(authority, pair).problem()


def test_a_new_pair_is_taken_over_and_half_of_one_is_not(authority: Authority) -> None:
    used, new = authority.issue("used", HOST), authority.issue("new", HOST)
    served = certificate(authority, used)
    assert not served.refresh()
    shutil.copy(new.cert, used.cert)
    assert not served.refresh()
    assert served.problem() == ""
    shutil.copy(new.key, used.key)
    assert served.refresh()
    assert served.problem() == ""


def test_without_a_good_pair_there_is_no_start(authority: Authority) -> None:
    pair, other = authority.issue("one", HOST), authority.issue("two", HOST)
    with pytest.raises(CertificateError, match="are no certificate and its key"):
        certificate(authority, Pair(pair.cert, other.key))
    with pytest.raises(CertificateError, match="can't be read: No such file or directory"):
        certificate(authority, Pair(pair.cert, pair.key.with_name("none")))


class Leader(http.server.BaseHTTPRequestHandler):
    """Answers with what it was asked; /closed is an idle connection that was closed, once."""

    protocol_version = "HTTP/1.1"
    closes = 0

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/closed" and not Leader.closes:
            Leader.closes += 1
            self.close_connection = True
            return
        self.send_response(500 if self.path == "/broken" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body if self.headers[FORWARDED] else b"")

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


class LeaderServer(http.server.ThreadingHTTPServer):
    """Serves in threads; a caller that hangs up is no error."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing."""


@contextmanager
def leading(pair: Pair) -> Iterator[str]:
    """A leader that serves a certificate; the address."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.cert, pair.key)
    with LeaderServer(("127.0.0.1", 0), Leader) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_peer_is_asked_by_address_and_trusted_by_name(authority: Authority) -> None:
    peers = Peers(authority.cert, HOST)
    with leading(authority.issue("good", HOST)) as address:
        assert peers.ask(address, "/validate", b"review") == b"review"
        Leader.closes = 0
        assert peers.ask(address, "/closed", b"again") == b"again"
        with pytest.raises(PeerError, match="the leader answers 500: b'review'"):
            peers.ask(address, "/broken", b"review")


@pytest.mark.parametrize(
    ("name", "ends_in", "sentence"),
    [
        (HOST, -HOUR, "is not trusted: its certificate has expired: renew it"),
        ("other.svc", HOUR, "is not trusted: .*Hostname mismatch"),
    ],
)
def test_a_peer_that_can_not_be_trusted_is_told(
    authority: Authority, name: str, ends_in: datetime.timedelta, sentence: str
) -> None:
    peers = Peers(authority.cert, HOST)
    with (
        leading(authority.issue("bad", name, ends_in=ends_in)) as address,
        pytest.raises(PeerError, match=sentence),
    ):
        peers.ask(address, "/validate", b"review")


def test_a_peer_that_is_gone_is_told(authority: Authority) -> None:
    address = f"127.0.0.1:{free_ports(1)[0]}"
    with pytest.raises(PeerError, match=f"the leader {address} does not answer"):
        Peers(authority.cert, HOST).ask(address, "/validate", b"review")


@pytest.mark.parametrize(
    ("name", "ends_in", "sentence"),
    [
        ("127.0.0.1", -HOUR, "the certificate of the API server at {} has expired: renew it"),
        ("other.svc", HOUR, "the API server at {} is not trusted: .*IP address mismatch"),
    ],
)
def test_an_api_server_that_can_not_be_trusted_is_told(
    authority: Authority, name: str, ends_in: datetime.timedelta, sentence: str
) -> None:
    with leading(authority.issue("bad", name, ends_in=ends_in)) as address:
        configuration = Configuration(host=f"https://{address}")
        configuration.ssl_ca_cert = str(authority.cert)
        configuration.retries = False
        cluster = Cluster(ApiClient(configuration))
        with pytest.raises(Unreachable, match=sentence.format(configuration.host)):
            cluster.read(jobs("mcp"), "any")

"""The sockets that reviews come in by."""

import socket

import pytest

from mcp_jobs.adapters.web import ServerError, listen
from mcp_jobs.local.ports import free_ports


def test_answers_do_not_wait_for_acknowledgements() -> None:
    (port,) = free_ports(1)
    with listen(port) as server, socket.create_connection(("127.0.0.1", port)):
        accepted, _ = server.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_port_that_is_taken_is_named() -> None:
    (port,) = free_ports(1)
    with listen(port), pytest.raises(ServerError, match=f"port {port} can't be listened on: Address"):
        listen(port)

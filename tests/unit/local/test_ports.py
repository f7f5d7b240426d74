"""Ports, and the question whether Kafka is behind one."""

import socket
import threading

from mcp_jobs.local.ports import LOOPBACK, free_ports, is_listening
from mcp_jobs.local.probe import answers


def test_free_ports_are_different_and_free() -> None:
    ports = free_ports(20)
    assert len(set(ports)) == 20
    assert not any(map(is_listening, ports))


def test_a_server_is_listening() -> None:
    with socket.create_server((LOOPBACK, 0)) as server:
        assert is_listening(server.getsockname()[1])


def test_nobody_and_an_echo_are_not_kafka() -> None:
    assert not answers(free_ports(1)[0])
    with socket.create_server((LOOPBACK, 0)) as server:
        threading.Thread(target=echo, args=(server,), daemon=True).start()
        assert not answers(server.getsockname()[1])


def echo(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection:
        connection.sendall(connection.recv(100))

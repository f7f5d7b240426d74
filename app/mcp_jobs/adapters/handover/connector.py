"""The servers' end of the socket, as far as it is needed without a message: nothing heavy is imported."""

import select
import socket
import threading
import time
from pathlib import Path

from mcp_jobs.core.errors import ServersError

#: seconds for the runner's container to start, between two looks for its socket, and at whether we are to end
_CONNECT_SECONDS = 120.0
_RETRY_SECONDS = 0.05
_LOOK_SECONDS = 0.2


def connect(path: Path, stop: threading.Event) -> socket.socket | None:
    """The connection to a runner that has found a message. It doesn't block.

    None where the runner ended without one, or `stop` was set. Raises ServersError where no runner is found.
    """
    connection = _connected(path, stop)
    while connection and not stop.is_set():
        if select.select([connection], [], [], _LOOK_SECONDS)[0]:
            if _said_something(connection):
                connection.setblocking(False)
                return connection
            break
    if connection:
        connection.close()
    return None


def _connected(path: Path, stop: threading.Event) -> socket.socket | None:
    deadline = time.monotonic() + _CONNECT_SECONDS
    while time.monotonic() < deadline:
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(str(path))
        except OSError as error:
            connection.close()
            if isinstance(error, ConnectionRefusedError):
                return None  # the runner has ended
            if not isinstance(error, FileNotFoundError):
                raise ServersError(f"SERVERS_SOCKET: can't connect to {path}: {error.strerror}") from None
        else:
            return connection
        if stop.wait(_RETRY_SECONDS):
            return None
    raise ServersError(
        f"no runner has listened at {path} for {_CONNECT_SECONDS:g} s: the state of the container `runner`"
        " in the pod says why"
    )


def _said_something(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) != b""
    except OSError:
        return False

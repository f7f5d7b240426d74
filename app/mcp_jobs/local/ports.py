"""Free ports of this machine's loopback address."""

import socket
from contextlib import ExitStack

LOOPBACK = "127.0.0.1"


def free_ports(count: int) -> tuple[int, ...]:
    """Ask the system for so many different free ports. Another process may take one before it's used."""
    with ExitStack() as stack:
        # All are held before the first is let go: else the system may give one of them twice.
        held = [stack.enter_context(socket.create_server((LOOPBACK, 0))) for _ in range(count)]
        return tuple(int(server.getsockname()[1]) for server in held)


def is_listening(port: int) -> bool:
    """Whether somebody accepts connections on a port."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1.0) as connection:
            # Connecting to a free port can, rarely, connect a socket with itself.
            return bool(connection.getsockname() != connection.getpeername())
    except OSError:
        return False

"""The smallest question a Kafka broker answers."""

import socket
import struct

from mcp_jobs.local.ports import LOOPBACK

_ANSWER_SECONDS = 5.0
_API_VERSIONS, _CORRELATION = 18, 0x6D63706A
_REQUEST = struct.pack(">hhih", _API_VERSIONS, 0, _CORRELATION, -1)


def answers(port: int, host: str = LOOPBACK) -> bool:
    """Whether a broker answers an ApiVersions request, which it does before any authentication, too."""
    try:
        with socket.create_connection((host, port), timeout=_ANSWER_SECONDS) as connection:
            connection.sendall(struct.pack(">i", len(_REQUEST)) + _REQUEST)
            answer = connection.recv(8, socket.MSG_WAITALL)
    except OSError:
        return False
    # The number must come back after a length, or it's our own request: a socket can connect to itself.
    return len(answer) == 8 and struct.unpack_from(">i", answer, 4) == (_CORRELATION,)

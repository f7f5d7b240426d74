"""The port by which a runner shows that it has claimed, as a pod's startupProbe (tcpSocket) sees it."""

import socket

from mcp_jobs.local.ports import LOOPBACK, is_listening


class ClaimedPort:
    """A free port kept for one runner, which listens on it as soon as its claim is committed."""

    def __init__(self) -> None:
        # Bound, not listened on: the system gives the port to nobody else meanwhile, and the runner can still
        # bind to it, as both allow for its reuse.
        self._kept = socket.socket()
        self._kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._kept.bind((LOOPBACK, 0))
        self.number = int(self._kept.getsockname()[1])

    def shown(self) -> bool:
        """Whether the runner listens."""
        return is_listening(self.number)

    def close(self) -> None:
        """Let go of the port."""
        self._kept.close()

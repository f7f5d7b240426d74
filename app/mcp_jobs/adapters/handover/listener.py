"""The runner's end of the socket, as far as it is needed before the claim: nothing heavy is imported."""

import os
import select
import socket
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from mcp_jobs.core.errors import ServersError

#: seconds for the other container to start, and between two looks at whether we are told to end
_CONNECT_SECONDS = 60.0
_LOOK_SECONDS = 0.2


class Listener:
    """Listens from its creation on, for one connection. Raises ServersError where the path can't be used."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: socket.socket | None = None
        self._listening = socket.socket(socket.AF_UNIX)
        try:
            # Whoever finds the path is to find it open: it gets its name when all is ready.
            hidden = f"{path}.new"
            self._listening.bind(hidden)
            os.chmod(hidden, 0o666)  # the other end is another user
            self._listening.listen(1)
            os.rename(hidden, path)
        except OSError as error:
            self._listening.close()
            raise ServersError(f"SERVERS_SOCKET: can't listen at {path}: {error.strerror or error}") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # The path stays: who comes late finds it refused, and ends too.
        self._listening.close()
        if self._connection:
            self._connection.close()

    def connection(self, stop: threading.Event) -> socket.socket | None:
        """The connection, which doesn't block; None where `stop` was set first.

        The first call tells the other end to get ready. Raises ServersError where nobody connects in time.
        """
        deadline = time.monotonic() + _CONNECT_SECONDS
        while self._connection is None and not stop.is_set():
            if select.select([self._listening], [], [], _LOOK_SECONDS)[0]:
                self._connection, _ = self._listening.accept()
                self._connection.setblocking(False)
                self._connection.send(b"\n")
                # The servers that are about to start are the other end's children: no second connection.
                self._listening.close()
                self._path.unlink(missing_ok=True)
            elif time.monotonic() > deadline:
                raise ServersError(
                    f"the container `servers` has not connected to {self._path} within"
                    f" {_CONNECT_SECONDS:g} s: its state in the pod says why"
                )
        return self._connection

"""A terminal for a command, and what is shown on it."""

import os
import pty
import threading
from contextlib import suppress
from typing import Self


class Terminal:
    """`end` is the command's end, to be given to it as a file; `shown` is what was written to it so far."""

    def __init__(self) -> None:
        self._mine, self.end = pty.openpty()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self.shown = b""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Read the rest, once no command has the other end any more."""
        with suppress(OSError):  # closed before
            os.close(self.end)
        self._thread.join(20)

    def _read(self) -> None:
        with suppress(OSError):  # how Linux says that the last writer has gone
            while data := os.read(self._mine, 65536):
                self.shown += data
        os.close(self._mine)

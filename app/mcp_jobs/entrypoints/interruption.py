"""Ctrl-C, SIGTERM and a closed terminal: a command ends, and all that it has started with it."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Self

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interruption:
    """Ends the `with` block by KeyboardInterrupt, or by SystemExit with 128 + the signal's number."""

    def __init__(self) -> None:
        self._received: int | None = None
        self._held = False

    def __enter__(self) -> Self:
        self._before = [(number, signal.signal(number, self._on_signal)) for number in _SIGNALS]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before:
            signal.signal(number, handler)

    def check(self) -> None:
        """End now if a signal has come while they were held."""
        if self._received is not None:
            _end(self._received)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let a first signal wait for the next check(): kafka-python swallows what is raised within it."""
        self._held = True
        try:
            yield
        finally:
            self._held = False
        self.check()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        again, self._received = self._received is not None, number
        if again or not self._held:
            _end(number)


def _end(number: int) -> None:
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    sys.exit(128 + number)

"""SIGTERM and SIGINT: the attempt ends cleanly, the claim stays."""

import signal
import threading
from collections.abc import Callable, Coroutine
from types import FrameType
from typing import Any, TypeVar

T = TypeVar("T")


class Terminated(Exception):
    """Raised when work is called off by a signal."""


class Termination:
    """Whether the process has been told to end, for waits (`stop`) and for asynchronous work (`run`)."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self._cancel: Callable[[], object] | None = None

    def install(self) -> None:
        """Take over the process's signals."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.stop.set()
        if self._cancel:
            self._cancel()

    def run(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run asynchronous work to its end. Raises Terminated where a signal cancelled it."""
        import asyncio  # not before it is needed: see entrypoints.runner

        import anyio

        async def cancellable() -> T:
            loop = asyncio.get_running_loop()
            with anyio.CancelScope() as scope:
                self._cancel = lambda: loop.call_soon_threadsafe(scope.cancel)
                if self.stop.is_set():
                    scope.cancel()
                return await work()
            raise Terminated

        try:
            return asyncio.run(cancellable())
        finally:
            self._cancel = None

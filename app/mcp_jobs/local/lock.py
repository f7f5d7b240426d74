"""A lock between processes, held on a file."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mcp_jobs.core.errors import LocalPlatformError

Say = Callable[[str], None]

_POLL_SECONDS = 0.1


def silent(_: str) -> None:
    """Say nothing: the default for progress."""


@contextmanager
def file_lock(path: Path, seconds: float, say: Say = silent) -> Iterator[None]:
    """Hold the lock on a file, waiting for it at most so many seconds.

    The kernel lets go of it when the holder dies, so a lock is never left behind. The file itself stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        _wait(descriptor, path, seconds, say)
        yield
    finally:
        os.close(descriptor)


def _wait(descriptor: int, path: Path, seconds: float, say: Say) -> None:
    deadline = time.monotonic() + seconds
    if _taken(descriptor):
        say("Another process is preparing Kafka: waiting for it")
        while _taken(descriptor):
            if time.monotonic() >= deadline:
                raise LocalPlatformError(f"Another process has held {path} for more than {seconds:g} s.")
            time.sleep(_POLL_SECONDS)


def _taken(descriptor: int) -> bool:
    # flock can't wait with a deadline, so it's asked again and again.
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False

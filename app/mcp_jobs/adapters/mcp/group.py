"""A process group that we started, by its id: its leader's, which the kernel keeps while a member lives."""

import os
import signal
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")


def signal_group(group: int, number: signal.Signals) -> None:
    """Send a signal to all processes of the group."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def reap_orphans(group: int) -> None:
    """Take note of the group's dead that are our children: as process 1 of a container we inherit orphans.

    Only for a group whose leader has been reaped already, or its exit code is lost.
    """
    with suppress(ChildProcessError):
        while os.waitpid(-group, os.WNOHANG) != (0, 0):
            pass


def lives(group: int) -> bool:
    """Whether a process of the group still runs."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # a member that is not ours to signal: alive
    # The signal also finds zombies, whose parent may not look for long. Without /proc they count as alive.
    return not (_PROC / "self/stat").exists() or any(_runs(stat, group) for stat in _PROC.glob("[0-9]*/stat"))


def _runs(stat: Path, group: int) -> bool:
    """Whether a /proc/<pid>/stat is that of a process of the group, and of no zombie."""
    try:
        state, _, pgrp, *_ = stat.read_bytes().rpartition(b")")[2].split()
    except (OSError, ValueError):
        return False  # it ended just now
    return int(pgrp) == group and state not in (b"Z", b"X")

"""The cgroup that has every pod of a cluster in it."""

import os
import time
from contextlib import suppress
from pathlib import Path

from cluster.record import Record, command_line

_ROOT = Path("/sys/fs/cgroup")
_POLL_SECONDS = 0.05


def make_cgroup(name: str) -> None:
    """Make it, in every hierarchy where there are several (cgroup v1)."""
    for hierarchy in _hierarchies():
        with suppress(OSError):  # one that can't have children is of no use to the kubelet either
            (hierarchy / name).mkdir(exist_ok=True)


def members(name: str) -> list[Record]:
    """The processes in it and below it."""
    found = set()
    for hierarchy in _hierarchies():
        for directory in _below(hierarchy / name):
            with suppress(OSError):
                found |= {int(line) for line in (directory / "cgroup.procs").read_text().split()}
    records = [Record.of(pid, command_line(pid)) for pid in found]
    return [record for record in records if record]


def remove_cgroup(name: str, seconds: float) -> list[Path]:
    """Remove it with all below it; what is still in use after so many seconds is returned."""
    deadline = time.monotonic() + seconds
    while left := [directory for hierarchy in _hierarchies() for directory in _below(hierarchy / name)]:
        for directory in sorted(left, key=lambda path: len(path.parts), reverse=True):
            with suppress(OSError):  # the kernel hasn't buried its last process yet
                directory.rmdir()
        if time.monotonic() >= deadline:
            break
        time.sleep(_POLL_SECONDS)
    return left


def _hierarchies() -> list[Path]:
    if (_ROOT / "cgroup.controllers").exists():
        return [_ROOT]
    return sorted({path.resolve() for path in _ROOT.iterdir() if (path / "cgroup.procs").exists()})


def _below(directory: Path) -> list[Path]:
    return [Path(found) for found, _, _ in os.walk(directory)]

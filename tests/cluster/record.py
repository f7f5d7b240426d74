"""Processes that outlive the command that started them: recorded by pid, known again for certain."""

import json
import os
import select
import signal
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

_PROC = Path("/proc")
_KILL_SECONDS = 10.0
_START_TIME = 18  # where starttime is in /proc/PID/stat, counted from behind the state


@dataclass(frozen=True, slots=True)
class Record:
    """A process: its pid, its start (clock ticks since the machine's), its command line.

    A pid alone may belong to somebody else by now; the three together don't.
    """

    pid: int
    started: int
    command: tuple[str, ...]

    @classmethod
    def of(cls, pid: int, command: Sequence[str]) -> Self | None:
        """The record of a running process, None when it has ended."""
        started = _started(pid)
        return None if started is None else cls(pid, started, tuple(command))

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """What `write` wrote there, None when there is nothing."""
        try:
            found = json.loads(path.read_text())
            return cls(found["pid"], found["started"], tuple(found["command"]))
        except (FileNotFoundError, ValueError, KeyError):
            return None

    def write(self, path: Path) -> None:
        """Keep it in a file."""
        path.write_text(json.dumps(asdict(self)))

    @property
    def alive(self) -> bool:
        """Whether this very process still runs."""
        if _started(self.pid) != self.started:
            return False
        # What enters the node first has the name of that program in front, until it becomes the command; in
        # that very moment it has no command line at all.
        line = command_line(self.pid)
        return not line or line[-len(self.command) :] == self.command

    def signal(self, number: int) -> None:
        """Send it a signal, which reaches no other process, whatever happens meanwhile."""
        with suppress(ProcessLookupError):
            handle = os.pidfd_open(self.pid)
            try:
                if self.alive:
                    signal.pidfd_send_signal(handle, number)
            finally:
                os.close(handle)

    def wait(self, seconds: float) -> bool:
        """Wait for its end; whether it has ended."""
        try:
            handle = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return True
        try:
            if not self.alive:
                return True
            return bool(select.select([handle], [], [], max(0.0, seconds))[0])
        finally:
            os.close(handle)


def end(records: Iterable[Record], *, seconds: float, gently: bool = True) -> None:
    """Send all of them SIGTERM and, after so many seconds, SIGKILL; return when they have ended.

    Not `gently`: SIGKILL at once.
    """
    alive = [record for record in records if record.alive]
    steps = [(signal.SIGTERM, seconds)] if gently else []
    for number, patience in (*steps, (signal.SIGKILL, _KILL_SECONDS)):
        deadline = time.monotonic() + patience
        for record in alive:
            record.signal(number)
        alive = [record for record in alive if not record.wait(deadline - time.monotonic())]


def command_line(pid: int) -> tuple[str, ...]:
    """A process's arguments; none when it has ended."""
    try:
        text = (_PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return ()
    return tuple(os.fsdecode(text).split("\0")[:-1])


def all_pids() -> list[int]:
    """The pids of all processes."""
    return [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdecimal()]


def _started(pid: int) -> int | None:
    try:
        text = (_PROC / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return None
    state, *fields = text[text.rindex(")") + 1 :].split()
    return None if state in "ZX" else int(fields[_START_TIME])

"""A server's process and its process group, which always ends whole."""

import errno
import fcntl
import os
import signal
import struct
import subprocess
import termios
from collections.abc import Callable
from contextlib import suppress
from typing import IO

import anyio

from mcp_jobs.adapters.mcp.fault import Fault
from mcp_jobs.adapters.mcp.group import lives, reap_orphans, signal_group
from mcp_jobs.adapters.mcp.launch import Launch
from mcp_jobs.adapters.mcp.text import excerpt, named
from mcp_jobs.core.failure import FailureClass

EXIT_SECONDS = 2.0  #: for a server to exit once its stdin is closed (the MCP specification's first step)
TERM_SECONDS = 2.0  #: between SIGTERM and SIGKILL
KILL_SECONDS = 2.0  #: for the kernel to show the death; only a process stuck in it needs longer
_POLL_SECONDS = (0.01, 0.1)  # at first, and at most
_PASSING = {errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.ETXTBSY}


class ServerProcess:
    """A running server, leader of a session and process group of its own, with three pipes to it."""

    def __init__(self, launch: Launch) -> None:
        self._popen = _popen(launch)
        self._gone = False
        self.written = 0
        self._stdin, self.stdout, self.stderr = _pipes(self._popen)
        os.set_blocking(self._stdin.fileno(), False)

    @property
    def exit_code(self) -> int | None:
        """The leader's exit code, negative for a signal; None while it runs."""
        return self._popen.poll()

    @property
    def consumed(self) -> int:
        """How many bytes the server took out of its stdin; 0 where the system does not tell."""
        try:
            unread = fcntl.ioctl(self._stdin, termios.FIONREAD, bytes(4))
        except OSError:
            return 0
        return self.written - int(struct.unpack("i", unread)[0])

    async def write(self, data: bytes) -> None:
        """Write all of `data` to the server's stdin."""
        rest = memoryview(data)
        while rest:
            try:
                count = os.write(self._stdin.fileno(), rest)
            except BlockingIOError:
                await anyio.wait_writable(self._stdin)
                continue
            self.written += count
            rest = rest[count:]

    async def exited(self, seconds: float) -> bool:
        """Whether the leader ends within `seconds`."""
        return await _becomes(lambda: self.exit_code is not None, seconds)

    async def stop(self) -> None:
        """End the group: close stdin, then SIGTERM, then SIGKILL. Takes 6 s at most, also when cancelled."""
        with anyio.CancelScope(shield=True):
            anyio.notify_closing(self._stdin)
            self._stdin.close()
            await self.exited(EXIT_SECONDS)
            # Grandchildren may have outlived an orderly leader: the group counts, not the leader.
            if not self._dead() and not await self._end(signal.SIGTERM, TERM_SECONDS):
                await self._end(signal.SIGKILL, KILL_SECONDS)

    def close(self) -> None:
        """Leave nothing behind, whatever came before: the last resort where even `stop` was interrupted."""
        if not self._dead():
            signal_group(self._popen.pid, signal.SIGKILL)
            with suppress(subprocess.TimeoutExpired):
                self._popen.wait(KILL_SECONDS)
        for pipe in (self._stdin, self.stdout, self.stderr):
            pipe.close()

    async def _end(self, number: signal.Signals, seconds: float) -> bool:
        signal_group(self._popen.pid, number)
        return await _becomes(self._dead, seconds)

    def _dead(self) -> bool:
        """Whether no process of the group is left. Remembered: the id may belong to someone else later."""
        if not self._gone and self.exit_code is not None:
            reap_orphans(self._popen.pid)
            self._gone = not lives(self._popen.pid)
        return self._gone


async def read(pipe: IO[bytes]) -> bytes:
    """Some bytes of `pipe`, as soon as there are any; empty at its end."""
    await anyio.wait_readable(pipe)
    return os.read(pipe.fileno(), 65536)


def exit_words(code: int) -> str:
    """How a process ended, e.g. `ended with exit code 1`."""
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return f"was killed by {name}" + (" (often: out of memory)" if code == -signal.SIGKILL else "")


async def _becomes(condition: Callable[[], bool], seconds: float) -> bool:
    # Polled: what asyncio offers waits for the pipes' end as well, which a grandchild can put off for ever.
    deadline = anyio.current_time() + seconds
    pause, longest = _POLL_SECONDS
    while not condition():
        if anyio.current_time() >= deadline:
            return False
        await anyio.sleep(pause)
        pause = min(pause * 1.2, longest)
    return True


def _popen(launch: Launch) -> subprocess.Popen[bytes]:
    pipe = subprocess.PIPE
    try:
        return subprocess.Popen(
            launch.argv,
            env=launch.env,
            cwd=launch.cwd,
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            bufsize=0,
            start_new_session=True,
        )
    except OSError as error:
        raise _not_started(launch, error) from None
    except ValueError:
        what = "has a command, argument or variable that no process can be given: a NUL, or not valid Unicode"
        raise Fault(FailureClass.SPAWN, what, retriable=False) from None


def _pipes(popen: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes], IO[bytes]]:
    if popen.stdin is None or popen.stdout is None or popen.stderr is None:
        raise RuntimeError("a process started with pipes has none")
    return popen.stdin, popen.stdout, popen.stderr


def _not_started(launch: Launch, error: OSError) -> Fault:
    command = launch.argv[0]
    if isinstance(error, FileNotFoundError) and str(error.filename) == str(launch.cwd):
        what = f"could not be started: its working directory {launch.cwd} does not exist"
    elif isinstance(error, FileNotFoundError):
        what = (
            f"could not be started: there is no command {named(command)} on "
            f"PATH={excerpt(launch.env.get('PATH', ''))}. Install it in the image, or correct the command"
        )
    else:
        what = f"could not be started: {named(command)}: {error.strerror or error}"
    return Fault(FailureClass.SPAWN, what, retriable=error.errno in _PASSING)

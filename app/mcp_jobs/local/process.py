"""A child process that never outlives the process that started it."""

import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from mcp_jobs.core.errors import LocalPlatformError

_GUARD = Path(__file__).with_name("guard.py")
_START_SECONDS = 30.0
_KILL_SECONDS = 10.0


class Process:
    """A command that runs in a session of its own, its output appended to a file, its input empty.

    Between the two stands a guard (guard.py), which ends the child when this process dies, even by kill -9.
    Ctrl-C in the terminal reaches neither of the two. `pid` is the child's own.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        log: Path,
        environment: Mapping[str, str] | None = None,
        grace_seconds: float = 5.0,
        scratch: Path | None = None,
    ) -> None:
        """Start the command.

        When this process has died: `grace_seconds` pass from SIGTERM to SIGKILL, then `scratch` is removed.
        """
        self._control, theirs = socket.socketpair()
        with theirs, log.open("ab") as output:
            self._guard = subprocess.Popen(
                # No site, no user settings: the guard starts in some 20 ms.
                [sys.executable, "-I", "-S", str(_GUARD), str(grace_seconds), str(scratch or ""), *command],
                stdin=theirs.fileno(),
                stdout=output,
                stderr=output,
                env=environment,
                start_new_session=True,
            )
        self.pid = self._read_pid()

    @property
    def running(self) -> bool:
        """Whether the child still runs."""
        return self.exit_code is None

    @property
    def exit_code(self) -> int | None:
        """The child's exit code, 128 + n when signal n ended it, None while it runs."""
        code = self._guard.poll()
        return None if code is None else _as_exit_code(code)

    def wait(self, seconds: float) -> int:
        """Wait for the child's end and return its exit code.

        Raises:
            TimeoutError: It still runs after so many seconds.
        """
        try:
            code = _as_exit_code(self._guard.wait(seconds))
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"Process {self.pid} still runs after {seconds:g} s.") from None
        self._control.close()
        return code

    def stop(self, seconds: float) -> int:
        """Send SIGTERM, after so many seconds SIGKILL, and return the child's exit code."""
        self._order(b"T")
        try:
            return self.wait(seconds)
        except TimeoutError:
            return self.kill()

    def kill(self) -> int:
        """Send SIGKILL to the child and its process group, wait, and return its exit code."""
        self._order(b"K")
        try:
            return self.wait(_KILL_SECONDS)
        except TimeoutError:
            self._guard.kill()  # the child dies with its guard
            return self.wait(_KILL_SECONDS)

    def _order(self, order: bytes) -> None:
        # Nobody listens any more when the guard has ended, and then so has the child.
        with suppress(OSError):
            self._control.send(order)

    def _read_pid(self) -> int:
        self._control.settimeout(_START_SECONDS)
        answer = b""
        try:
            while not answer.endswith(b"\n"):
                chunk = self._control.recv(32)
                if not chunk:
                    raise ConnectionError("it ended")
                answer += chunk
        except OSError as error:
            self._guard.kill()
            self.wait(_KILL_SECONDS)
            raise LocalPlatformError(f"The guard of a child process didn't start: {error}.") from error
        return int(answer)


def _as_exit_code(code: int) -> int:
    # Below zero: a signal ended the guard itself, and the child with it.
    return code if code >= 0 else 128 - code

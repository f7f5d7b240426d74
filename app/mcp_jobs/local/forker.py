"""Starts runners by forking: run as `python -m mcp_jobs.local.forker GRACE` by runners.py, never imported.

Importing what a runner needs takes seconds of computing. A pod has to, each time. Here it is done once, and
each runner is a fork of this process: a process and session of its own that runs the runner's main().

File descriptor 0 is a socket. Orders come as JSON lines, `{"start": id, "env": {...}, "log": path}` and
`{"stop": id}` (SIGTERM) or `{"kill": id}`; answers go as `{"pid": [id, pid]}` and `{"exit": [id, code]}`,
128 + n for signal n. When the socket ends, however the other end died, all runners get SIGTERM and, after
GRACE seconds, SIGKILL.
"""

import ctypes
import gc
import json
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

_RUNNER = "mcp_jobs.entrypoints.runner"
_IMPORTS = (_RUNNER, "mcp_jobs.entrypoints.work", "mcp_jobs.entrypoints.carry_out")
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36


class Forker:
    """The runners of one platform. It has one thread, so forking is safe."""

    def __init__(self, control: socket.socket, grace: float) -> None:
        self._control = control
        self._grace = grace
        self._runners: dict[int, int] = {}
        self._rest = b""
        self._wakeup, writer = os.pipe()
        os.set_blocking(self._wakeup, False)
        os.set_blocking(writer, False)
        signal.set_wakeup_fd(writer)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: self._control.shutdown(socket.SHUT_RD))

    def serve(self) -> None:
        """Obey until the socket ends; then end every runner."""
        while self._obey(self._wait(self._control, self._wakeup)):
            self._reap()
        self._signal_all(signal.SIGTERM)
        deadline = time.monotonic() + self._grace
        while self._runners and (left := deadline - time.monotonic()) > 0:
            self._wait(self._wakeup, seconds=left)
            self._reap()
        self._signal_all(signal.SIGKILL)
        self._kill_orphans()

    def _wait(self, *watched: socket.socket | int, seconds: float | None = None) -> bool:
        """Wait for one of them; whether it is the socket that has something to say."""
        ready = select.select(watched, [], [], seconds)[0]
        with suppress(BlockingIOError):
            os.read(self._wakeup, 512)
        return self._control in ready

    def _obey(self, told: bool) -> bool:
        """Carry out the orders that have come. False means that no more will come."""
        if not told:
            return True
        try:
            data = self._control.recv(65536)
        except ConnectionError:
            data = b""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._carry_out(json.loads(line))
        return data != b""

    def _carry_out(self, order: Mapping[str, Any]) -> None:
        if "start" in order:
            pid = os.fork()
            if not pid:
                self._become(order["env"], order["log"])
            self._runners[pid] = order["start"]
            self._tell(pid=[order["start"], pid])
            return
        for pid, number in self._runners.items():
            if number == order.get("stop"):
                _signal(pid, signal.SIGTERM)
            if number == order.get("kill"):
                _signal(pid, signal.SIGKILL)

    def _become(self, env: Mapping[str, str], log: str) -> NoReturn:
        code = 1
        try:
            os.setsid()
            _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            # As process 1 of a container does, a runner keeps what its servers orphan; we only get what
            # a runner leaves when it dies.
            _prctl(_PR_SET_CHILD_SUBREAPER, 1)
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGCHLD, signal.SIGTERM):
                signal.signal(number, signal.SIG_DFL)
            self._control.close()
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
            os.dup2(output, 1)
            os.dup2(output, 2)
            os.closerange(3, output + 1)
            os.environ.update(env)
            sys.argv = ["mcp-jobs", "runner"]
            code = import_module(_RUNNER).main()
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def _reap(self) -> None:
        """Tell of every runner that has ended, and end what it has left behind."""
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG)) != (0, 0):
                pid, status = ended
                number = self._runners.pop(pid, None)
                if number is None:
                    continue  # an orphan of an earlier runner
                _signal(-pid, signal.SIGKILL)
                self._kill_orphans()
                code = os.waitstatus_to_exitcode(status)
                self._tell(exit=[number, code if code >= 0 else 128 - code])

    def _kill_orphans(self) -> None:
        """Kill the processes that are ours now because the runner that started them has died."""
        for pid in _children():
            if pid not in self._runners:
                _signal(-pid, signal.SIGKILL)
                _signal(pid, signal.SIGKILL)

    def _signal_all(self, number: signal.Signals) -> None:
        for pid in self._runners:
            _signal(pid, number)

    def _tell(self, **answer: list[int]) -> None:
        with suppress(OSError):  # nobody listens any more: recv will say so, too
            self._control.sendall(json.dumps(answer).encode() + b"\n")


def _signal(pid: int, number: signal.Signals) -> None:
    """Send a signal to a process, or to a group where `pid` is negative."""
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def _children() -> Iterator[int]:
    """The pids of this process's children, where Linux tells them."""
    try:
        listed = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii")
    except OSError:
        return
    yield from map(int, listed.split())


def _prctl(option: int, value: int) -> None:
    # Elsewhere only the socket keeps runners from outliving the platform.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def main() -> None:
    """Import what runners need, then serve."""
    control = socket.socket(fileno=os.dup(0))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    # A killed runner's servers become our children, so that they can be found and ended.
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    for name in _IMPORTS:
        import_module(name)
    gc.freeze()  # what is imported stays shared with the forks
    Forker(control, float(sys.argv[1])).serve()


if __name__ == "__main__":
    main()

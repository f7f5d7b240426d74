"""The guard of one child process: run as a script by process.py, never imported.

`guard.py GRACE DIRECTORY COMMAND...` starts the command in a session of its own. File descriptor 0 is a
socket to the process that wants the child: the guard writes the child's pid and a newline to it, then obeys
single bytes, T (SIGTERM to the child) and K (SIGKILL to its process group). When that process dies, however
it dies, the socket ends: the guard sends SIGTERM and, after GRACE seconds, SIGKILL; then it removes
DIRECTORY, unless that is empty text. It exits with the child's exit code, or 128 + the signal's number.

The guard is the only one to send signals and also the one to reap, so a signal never meets a recycled pid.
"""

import contextlib
import ctypes
import os
import select
import signal
import socket
import sys
import time
from typing import NoReturn

_PR_SET_PDEATHSIG = 1


def main() -> int:
    """Start the command, guard it, return its exit code."""
    grace, directory, command = float(sys.argv[1]), sys.argv[2], sys.argv[3:]
    control = socket.socket(fileno=0)
    wakeup = _wakeup_on_child_exit()
    guard = os.getpid()
    child = os.fork()
    if child == 0:
        _become(command, guard)
    control.sendall(b"%d\n" % child)
    code = _watch(child, control, wakeup, grace)
    if directory and _orphaned(control):
        import shutil

        shutil.rmtree(directory, ignore_errors=True)
    return code


def _orphaned(control: socket.socket) -> bool:
    control.setblocking(False)
    try:
        return control.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


def _wakeup_on_child_exit() -> int:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    return reader


def _become(command: list[str], guard: int) -> NoReturn:
    try:
        os.setsid()
        _die_with(guard)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # Python ignores it, and exec would hand that on.
        os.execvp(command[0], command)
    except OSError as error:
        os.write(2, f"{command[0]}: {error}\n".encode())
    finally:
        os._exit(127)


def _die_with(guard: int) -> None:
    # If somebody kills the guard itself, Linux kills the child. This is safe here because the guard forks in
    # its main thread (the signal comes when the *thread* that forked ends). Elsewhere only the socket guards.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != guard:
            os._exit(127)


def _watch(child: int, control: socket.socket, wakeup: int, grace: float) -> int:
    watched: list[int] = [wakeup, control.fileno()]
    deadline: float | None = None
    while True:
        wait = None if deadline is None else max(0.0, deadline - time.monotonic())
        ready = select.select(watched, [], [], wait)[0]
        if wakeup in ready:
            os.read(wakeup, 512)
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            _kill_group(child)  # what the child left behind in its group ends with it
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code
        if deadline is not None and time.monotonic() >= deadline:
            _kill(child)
            deadline = None
        if control.fileno() in ready and not _obey(control, child):
            watched.remove(control.fileno())
            deadline = time.monotonic() + grace


def _obey(control: socket.socket, child: int) -> bool:
    """Do what was ordered. False means that nobody will ever order anything again."""
    try:
        order = control.recv(1)
    except ConnectionError:
        order = b""
    if order == b"K":
        _kill(child)
    else:
        os.kill(child, signal.SIGTERM)
    return order != b""


def _kill(child: int) -> None:
    _kill_group(child)
    os.kill(child, signal.SIGKILL)  # it may be so young that it has no group of its own yet


def _kill_group(child: int) -> None:
    # Perhaps nobody is left in it (macOS calls a group of zombies a matter of permission).
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())

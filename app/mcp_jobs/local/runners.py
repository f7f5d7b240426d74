"""Runner processes, each with its environment and its Job's log file."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from itertools import count
from pathlib import Path

from mcp_jobs.core.errors import LocalPlatformError
from mcp_jobs.core.last_words import last_words
from mcp_jobs.local.job import Pod

#: seconds for a runner to end its servers once it is told to end
STOP_SECONDS = 8.0
_KILL_SECONDS = 5.0
_POLL_SECONDS = 0.02
_TAIL_BYTES = 16 * 1024


class Runners:
    """Starts runners, by way of forker.py. All of them end with `close`, or with this process.

    They get the variables of `environment`, and those of `settings` as it is when they start. `logs` is an
    existing directory. `stop_seconds` is the time they get to end their servers.
    """

    def __init__(
        self, environment: Mapping[str, str], logs: Path, *, stop_seconds: float = STOP_SECONDS
    ) -> None:
        self.settings: dict[str, str] = {}
        self.logs = logs.resolve()
        self._stop_seconds = stop_seconds
        self._numbers = count()
        self._exits: dict[int, int] = {}
        self._pids: dict[int, int] = {}
        self._rest = b""
        self._ended = False
        self._control, theirs = socket.socketpair()
        with theirs, self._log.open("ab") as output:
            self._forker = subprocess.Popen(
                # -P: nothing in the user's own directory passes for one of our modules.
                [sys.executable, "-P", "-m", "mcp_jobs.local.forker", str(stop_seconds)],
                stdin=theirs.fileno(),
                stdout=output,
                stderr=output,
                env=dict(environment),
                start_new_session=True,
            )
        self._control.setblocking(False)

    @property
    def forker_pid(self) -> int:
        """The pid of the process that starts the runners."""
        return self._forker.pid

    def launch(self, pod: Pod) -> "Runner":
        """Start a Job's next runner."""
        own = {
            "RUNNER_JOB_NAME": pod.job_name,
            "RUNNER_JOB_UID": pod.job_uid,
            "RUNNER_POD_NAME": pod.name,
            "RUNNER_CLAIMED_PORT": str(pod.claimed_port),
            "RUNNER_LOG_FORMAT": "json",
        }
        number = next(self._numbers)
        self._order(start=number, env=self.settings | own, log=str(self.log_of(pod.job_name)))
        return Runner(self, number)

    def log_of(self, job_name: str) -> Path:
        """The log file of a Job: all of its runners, one after the other."""
        return self.logs / f"{job_name}.log"

    def close(self) -> None:
        """End every runner, by SIGKILL where SIGTERM is not enough, and return when they are gone."""
        self._control.close()
        try:
            self._forker.wait(self._stop_seconds + _KILL_SECONDS)
        except subprocess.TimeoutExpired:
            self._forker.kill()  # the runners die with it
            self._forker.wait(_KILL_SECONDS)

    def exit_code(self, number: int) -> int | None:
        """A runner's exit code, None while it runs."""
        self._listen()
        if self._ended and number not in self._exits:
            raise self._gone()
        return self._exits.get(number)

    def pid(self, number: int) -> int | None:
        """A runner's pid, None until it is known."""
        self._listen()
        if self._ended and number not in self._pids:
            raise self._gone()
        return self._pids.get(number)

    def end(self, number: int, seconds: float) -> int:
        """SIGTERM to a runner, after so many seconds SIGKILL; its exit code. Raises LocalPlatformError."""
        for order, patience in (("stop", seconds), ("kill", _KILL_SECONDS)):
            self._order(**{order: number})
            deadline = time.monotonic() + patience
            while time.monotonic() < deadline:
                if (code := self.exit_code(number)) is not None:
                    return code
                time.sleep(_POLL_SECONDS)
        raise LocalPlatformError(f"the runner {self.pid(number)} can't be ended, not even by SIGKILL")

    def _order(self, **order: object) -> None:
        data = json.dumps(order).encode() + b"\n"
        self._control.setblocking(True)
        try:
            self._control.sendall(data)
        except OSError as error:
            raise self._gone() from error
        finally:
            self._control.setblocking(False)

    def _listen(self) -> None:
        while not self._ended:
            try:
                data = self._control.recv(65536)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            self._ended = not data
            *lines, self._rest = (self._rest + data).split(b"\n")
            for line in lines:
                self._note(json.loads(line))

    def _note(self, answer: Mapping[str, list[int]]) -> None:
        for known, name in ((self._pids, "pid"), (self._exits, "exit")):
            if name in answer:
                number, value = answer[name]
                known[number] = value

    def _gone(self) -> LocalPlatformError:
        said = words_of(self._log) or "was it killed?"
        return LocalPlatformError(f"the process that starts the runners has ended: {said}")

    @property
    def _log(self) -> Path:
        return self.logs / "forker.log"


class Runner:
    """One runner's process."""

    def __init__(self, runners: Runners, number: int) -> None:
        self._runners = runners
        self._number = number

    @property
    def pid(self) -> int | None:
        """Its pid, None until it is known."""
        return self._runners.pid(self._number)

    @property
    def exit_code(self) -> int | None:
        """None while it runs, 128 + n where signal n ended it."""
        return self._runners.exit_code(self._number)

    def stop(self, seconds: float) -> int:
        """SIGTERM, and SIGKILL after so many seconds; the exit code."""
        return self._runners.end(self._number, seconds)


def words_of(log: Path) -> str:
    """What a runner said last, "" where it has no log."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _TAIL_BYTES))
            return last_words(file.read().decode(errors="replace"))
    except OSError:
        return ""

"""One part of a cluster: a process of its own, what it is called, how to see that it is well."""

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cluster.errors import ClusterError
from cluster.layout import Home
from cluster.record import Record, end

_POLL_SECONDS = 0.05
_LAST_LINES = 15
_STOP_SECONDS = 10.0
# containerd and etcd want more files than the 1,024 that most shells allow.
_START = """
ulimit -S -n 20000 2>/dev/null || true
exec 3>&1 >>"$0" 2>&1 </dev/null
"$@" 3>&- &
echo $! >&3
"""


@dataclass(frozen=True, kw_only=True)
class Part:
    """A process to run and to look after.

    `healthy` answers at once, and never raises. `address` is what people want to know.
    """

    name: str
    home: Home
    command: Sequence[str]
    healthy: Callable[[], bool]
    environment: Mapping[str, str] = field(default_factory=dict)
    address: str = ""
    patience: float = 180.0

    @property
    def log(self) -> Path:
        """Where its output goes."""
        return self.home.logs / f"{self.name}.log"

    @property
    def record(self) -> Record | None:
        """Its process as it was recorded, alive or not."""
        return Record.read(self._file)

    @property
    def pid(self) -> int | None:
        """Its pid, None while it doesn't run."""
        found = self.record
        return found.pid if found and found.alive else None

    @property
    def running(self) -> bool:
        """Whether its process runs."""
        return self.pid is not None

    def start(self, prefix: Sequence[str] = ()) -> bool:
        """Start it unless it runs; whether that was needed. It is not ready yet: see `wait`.

        `prefix`: a command that becomes it; the one that enters the node, when there is none.
        """
        if self.running:
            return False
        prefix = prefix or _enter(self.home)
        pid = _spawn([*prefix, *self.command], self.log, {**os.environ, **self.environment})
        found = Record.of(pid, self.command)
        if found is None:
            raise self.failure("ended as soon as it was started")
        found.write(self._file)
        return True

    def wait(self, seconds: float | None = None) -> None:
        """Wait until it is healthy.

        Raises:
            ClusterError: It ended, or took too long. The message has the last lines of its log.
        """
        deadline = time.monotonic() + (self.patience if seconds is None else seconds)
        while not self.healthy():
            if not self.running:
                raise self.failure("ended before it was ready")
            if time.monotonic() >= deadline:
                raise self.failure("was not ready in time")
            time.sleep(_POLL_SECONDS)

    def kill(self) -> None:
        """Kill it with SIGKILL, as a crash would, and see it gone. `start` and `wait` bring it back.

        Raises:
            ClusterError: It doesn't run.
        """
        found = self.record
        if not found or not found.alive:
            raise ClusterError(f"{self.name} doesn't run.")
        end([found], seconds=0.0, gently=False)

    def restart(self) -> None:
        """End it as an orderly shutdown does, start it again, wait until it is healthy."""
        if found := self.record:
            end([found], seconds=_STOP_SECONDS)
        self.start()
        self.wait()

    def failure(self, what: str) -> ClusterError:
        """The part's name, what happened to it, and its last words."""
        lines = self.log.read_text(errors="replace").splitlines()[-_LAST_LINES:] if self.log.exists() else []
        said = "\n".join(f"  {line}" for line in lines)
        return ClusterError(f"{self.name} {what}. The end of {self.log}:\n{said}")

    @property
    def _file(self) -> Path:
        return self.home.run / f"{self.name}.json"


def _enter(home: Home) -> list[str]:
    node = Record.read(home.run / "node.json")
    if not node or not node.alive:
        raise ClusterError("The node is gone: scripts/cluster up makes a new one.")
    return ["nsenter", f"--target={node.pid}", "--net", "--mount", "--"]


def _spawn(command: Sequence[str], log: Path, environment: Mapping[str, str]) -> int:
    # By way of a shell that ends at once: what it leaves behind is nobody's child, so nobody has to reap it.
    log.parent.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        ["sh", "-c", _START, str(log), *command],
        stdout=subprocess.PIPE,
        env=environment,
        start_new_session=True,
        check=True,
    )
    return int(done.stdout)

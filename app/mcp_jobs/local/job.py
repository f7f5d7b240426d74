"""One Job: runner after runner under the same uid until one succeeds, or too many have failed."""

import secrets
import signal
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from mcp_jobs.core.exits import Exit
from mcp_jobs.local.backoff import Backoff
from mcp_jobs.local.claimed_port import ClaimedPort

#: seconds for a runner to end its servers once it is told to end
_STOP_SECONDS = 8.0


class Phase(StrEnum):
    """Where a Job stands."""

    STARTING = "starting"  #: a runner runs and has not claimed yet
    CLAIMED = "claimed"  #: a runner runs and has claimed: a pod would be Ready
    BACKING_OFF = "backing off"  #: the last runner failed, the next one waits
    COMPLETE = "complete"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True, slots=True)
class JobTemplate:
    """The fields of a Job that count on one machine, as Kubernetes spells them; times are seconds."""

    backoff_limit: int = 2
    active_deadline_seconds: float = 3600
    backoff: Backoff = field(default_factory=Backoff)


class Child(Protocol):
    """A runner's process."""

    @property
    def exit_code(self) -> int | None:
        """None while it runs, 128 + n where signal n ended it."""

    def stop(self, seconds: float) -> int:
        """SIGTERM, and SIGKILL after so many seconds."""


@dataclass(frozen=True, slots=True)
class Pod:
    """What a runner is told about itself: the Job's name and uid, its own name, its port."""

    job_name: str
    job_uid: str
    name: str
    claimed_port: int


class Job:
    """One Job. `launch` starts a runner; `now` is always time.monotonic(), in seconds."""

    def __init__(self, template: JobTemplate, launch: Callable[[Pod], Child], *, now: float) -> None:
        self.name = f"mcp-jobs-{secrets.token_hex(3)}"
        self.uid = str(uuid.uuid4())
        self.phase = Phase.STARTING
        self.reason = ""
        self.ever_claimed = False
        self.last_exit: int | None = None
        self.failures = 0
        self.started = now
        self._template = template
        self._launch = launch
        self._resume = now
        self.child: Child | None = None
        self._port: ClaimedPort | None = None
        self._start()

    @property
    def unfinished(self) -> bool:
        """Neither Complete nor Failed: it counts against maxReplicaCount."""
        return self.phase not in (Phase.COMPLETE, Phase.FAILED)

    @property
    def pending(self) -> bool:
        """Unfinished without a Ready pod, as pendingPodConditions: [Ready] has it."""
        return self.unfinished and self.phase is not Phase.CLAIMED

    def watch(self, now: float) -> None:
        """See what the runner has done since, and do what follows from it."""
        if not self.unfinished:
            return
        if now - self.started > self._template.active_deadline_seconds:
            self._stop()
            self._end(Phase.FAILED, "it ran longer than activeDeadlineSeconds")
        elif self.child is None:
            if now >= self._resume:
                self._start()
        elif (code := self.child.exit_code) is not None:
            self._exited(code, now)
        elif self.phase is Phase.STARTING and self._port and self._port.shown():
            self.close()
            self.phase, self.ever_claimed = Phase.CLAIMED, True

    def close(self) -> None:
        """Let go of the port. The runner ends with the others."""
        if self._port:
            self._port.close()
            self._port = None

    def _stop(self) -> None:
        if self.child:
            self.child.stop(_STOP_SECONDS)
            self.child = None
        self.close()

    def _start(self) -> None:
        self.phase, self._port = Phase.STARTING, ClaimedPort()
        pod = Pod(self.name, self.uid, f"{self.name}-{self.failures + 1}", self._port.number)
        self.child = self._launch(pod)

    def _exited(self, code: int, now: float) -> None:
        """What the Job's podFailurePolicy and backoffLimit make of an exit code."""
        self.child, self.last_exit = None, code
        self.close()
        if code == Exit.DONE:
            return self._end(Phase.COMPLETE)
        self.failures += 1
        if code == Exit.FAILED:
            return self._end(Phase.FAILED, "its message failed for good")
        if self.failures > self._template.backoff_limit:
            return self._end(Phase.FAILED, f"the last runner {exit_words(code)}")
        self.phase = Phase.BACKING_OFF
        self._resume = now + self._template.backoff.delay(self.failures)

    def _end(self, phase: Phase, reason: str = "") -> None:
        self.phase, self.reason = phase, reason


def exit_words(code: int) -> str:
    """How a runner ended, e.g. `was killed by SIGKILL`; 128 + n is signal n."""
    try:
        return f"was killed by {signal.Signals(code - 128).name}"
    except ValueError:
        return f"ended with exit code {code}"

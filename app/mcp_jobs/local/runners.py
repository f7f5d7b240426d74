"""Runner processes, each with its environment and its Job's log file."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from mcp_jobs.local.job import STOP_SECONDS, Pod
from mcp_jobs.local.process import Process

# -P: nothing in the user's own directory passes for one of our modules.
_COMMAND = (sys.executable, "-P", "-m", "mcp_jobs", "runner")
_TAIL_BYTES = 16 * 1024


class Runners:
    """Starts runners with `environment`, which tells them of their Kafka; `logs` is an existing directory."""

    def __init__(self, environment: Mapping[str, str], logs: Path) -> None:
        self._environment = dict(environment)
        self.logs = logs

    def launch(self, pod: Pod) -> Process:
        """Start a Job's next runner."""
        own = {
            "RUNNER_JOB_NAME": pod.job_name,
            "RUNNER_JOB_UID": pod.job_uid,
            "RUNNER_POD_NAME": pod.name,
            "RUNNER_CLAIMED_PORT": str(pod.claimed_port),
            "RUNNER_LOG_FORMAT": "json",
        }
        return Process(
            _COMMAND,
            log=self.log_of(pod.job_name),
            environment=self._environment | own,
            # Also when this process is killed, a runner gets the time to end its servers.
            grace_seconds=STOP_SECONDS,
        )

    def log_of(self, job_name: str) -> Path:
        """The log file of a Job: all of its runners, one after the other."""
        return self.logs / f"{job_name}.log"


def last_words(log: Path) -> str:
    """The last thing that a log says went wrong, its last line where none does, "" where it is empty."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _TAIL_BYTES))
            lines = file.read().decode(errors="replace").splitlines()
    except OSError:
        return ""
    said = [line for line in lines if line.strip()]
    wrong = [text for text in map(_complaint, said) if text]
    return (wrong or said or [""])[-1]


def _complaint(line: str) -> str:
    """The message of a log line that is a warning or an error, else ""."""
    try:
        entry = json.loads(line)
        return str(entry["message"]) if entry["level"] in ("WARNING", "ERROR", "CRITICAL") else ""
    except (ValueError, KeyError, TypeError):
        return ""

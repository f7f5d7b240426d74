"""Commands of mcp-jobs as processes of their own."""

import os
import subprocess
import sys
from collections.abc import Mapping

_OURS = ("KAFKA_", "RUNNER_", "SERVERS_", "INIT_")


def run(*words: str, text: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run one to its end with these variables, and none of this process's own settings."""
    return subprocess.run(
        [sys.executable, "-m", "mcp_jobs", *words],
        env=_with(environment),
        input=text,
        timeout=100,
        capture_output=True,
        text=True,
        check=False,
    )


def start(*words: str, **environment: str) -> subprocess.Popen[str]:
    """Start one; use it as a `with` block."""
    command = [sys.executable, "-m", "mcp_jobs", *words]
    return subprocess.Popen(command, env=_with(environment), stderr=subprocess.PIPE, text=True)


def _with(environment: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    return {**kept, "PYTHONPATH": os.pathsep.join(sys.path), **environment}

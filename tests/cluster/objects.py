"""Objects for the API server, by way of kubectl."""

import json
import subprocess
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from cluster.errors import ClusterError

Object = Mapping[str, Any]
_POLL_SECONDS = 0.1
# The server says what is wrong with an object; checking first takes reading all of its schemas.
_APPLY = ("apply", "--server-side", "--validate=false")


class Kubectl:
    """kubectl with one kubeconfig."""

    def __init__(self, binary: str, kubeconfig: Path) -> None:
        # What it learns of a cluster it keeps for hours, and believes of the next one at that address.
        self._command = [binary, f"--kubeconfig={kubeconfig}", "--cache-dir=/dev/null"]

    def run(self, *arguments: str, text: str | None = None) -> str:
        """What it prints.

        Raises:
            ClusterError: It failed. The message has its words.
        """
        done = subprocess.run(
            [*self._command, *arguments], input=text, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise ClusterError(f"kubectl {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout

    def apply(self, objects: Iterable[Object]) -> None:
        """Create or change objects."""
        self.run(*_APPLY, "--filename=-", text="\n---\n".join(map(json.dumps, objects)))

    def apply_directory(self, directory: Path) -> None:
        """Create or change the objects of all files in a directory."""
        self.run(*_APPLY, f"--filename={directory}")

    def wait(self, seconds: float, what: str, *arguments: str) -> None:
        """Run it again and again until it succeeds.

        Raises:
            ClusterError: It didn't in so many seconds.
        """
        deadline = time.monotonic() + seconds
        while True:
            try:
                self.run(*arguments)
            except ClusterError as error:
                if time.monotonic() >= deadline:
                    raise ClusterError(f"{what} did not come about within {seconds:g} s: {error}") from None
                time.sleep(_POLL_SECONDS)
            else:
                return

"""The operator's command line, on the shared Kafka and the shared API server."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from integration.claim.conftest import MakeWorkload, make_workload
from integration.claim.workload import Workload
from integration.kubernetes.control_plane import ControlPlane
from integration.kubernetes.objects import NAMESPACE

__all__ = ["make_workload"]

COMMAND = (sys.executable, "-m", "mcp_jobs")
_UNSET = ("KAFKA_", "RUNNER_", "SERVERS_", "COLUMNS", "FORCE_COLOR", "KUBE")


@dataclass(frozen=True)
class Desk:
    """A workload, and the commands about it. `cluster` is what Kubernetes is reached by."""

    workload: Workload
    cluster: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str, text: str = "", code: int = 0) -> str:
        """Run a command to its end, which must be this exit code; what it printed."""
        done = self._done(*arguments, text=text, code=code)
        return done.stdout + done.stderr

    def lines(self, *arguments: str, code: int = 0) -> list[dict[str, Any]]:
        """Run a command that prints JSON lines, and nothing else on standard output."""
        done = self._done(*arguments, "--json", code=code)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def _done(self, *arguments: str, text: str = "", code: int) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [*COMMAND, *arguments],
            input=text,
            capture_output=True,
            text=True,
            timeout=100,
            env=self.environment(),
            check=False,
        )
        assert done.returncode == code, f"{done.stdout}\n{done.stderr}"
        return done

    def environment(self) -> dict[str, str]:
        """The environment that says which workload is meant."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_UNSET)}
        return {
            **kept,
            "COLUMNS": "200",
            "KAFKA_BROKERS": self.workload.brokers,
            "KAFKA_TOPIC": self.workload.topic,
            "KAFKA_CONSUMER_GROUP": self.workload.group,
            "MCP_JOBS_NAMESPACE": NAMESPACE,
            "KUBECONFIG": "/none",
            "PYTHONPATH": os.pathsep.join(sys.path),
            **self.cluster,
        }


MakeDesk = Callable[..., Desk]


@pytest.fixture
def make_desk(make_workload: MakeWorkload) -> MakeDesk:
    """A factory of workloads with a desk, without Kubernetes."""

    def make(partitions: int = 1, **options: Any) -> Desk:
        return Desk(make_workload(partitions, **options))

    return make


@pytest.fixture
def make_cluster_desk(make_workload: MakeWorkload, control_plane: ControlPlane) -> MakeDesk:
    """The same with Kubernetes."""

    def make(partitions: int = 1, **options: Any) -> Desk:
        return Desk(make_workload(partitions, **options), {"KUBECONFIG": str(control_plane.kubeconfig)})

    return make

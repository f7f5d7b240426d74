"""The operator's command line, on the shared Kafka and the shared API server."""

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

_UNSET = ("KAFKA_", "RUNNER_", "SERVERS_", "COLUMNS", "FORCE_COLOR", "KUBE")


@dataclass(frozen=True)
class Desk:
    """A workload, and the commands about it. `cluster` is what Kubernetes is reached by."""

    workload: Workload
    cluster: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str, text: str = "", code: int = 0) -> str:
        """Run a command to its end, which must be this exit code; what it printed."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_UNSET)}
        done = subprocess.run(
            [sys.executable, "-m", "mcp_jobs", *arguments],
            input=text,
            capture_output=True,
            text=True,
            timeout=100,
            env={**kept, **self._variables(), "COLUMNS": "200"},
            check=False,
        )
        assert done.returncode == code, f"{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def _variables(self) -> dict[str, str]:
        return {
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

"""One replica of the helper as a process, as its Deployment would run it."""

import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from integration.kubernetes.certificates import Authority
from integration.kubernetes.objects import HOST, NAMESPACE, RELEASE
from mcp_jobs.local.ports import LOOPBACK, free_ports
from mcp_jobs.local.process import Process

LEASE_SECONDS = 4.0
#: the lease of a dead leader runs out, and its successor waits for what it admitted
CHANGE_SECONDS = 40.0
#: kafka-python 3.0 reads its schemas so
_OLD = (f"ignore:{name}_text is deprecated:DeprecationWarning" for name in ("read", "open"))
_WARNINGS = ",".join(("error", *_OLD))
_COMMAND = "import sys; from mcp_jobs.entrypoints.admission import main; sys.exit(main())"


class Replica:
    """A helper with a directory of its own, which names it. With Kafka's `brokers` it reconciles.

    `policy` is the policy to start with; the workloads are those of workloads.yaml in the directory.
    `variables` win over those of its environment.
    """

    def __init__(
        self,
        directory: Path,
        kubeconfig: Path,
        authority: Authority,
        policy: Mapping[str, Any],
        *,
        brokers: str = "",
        variables: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Start it."""
        self.directory = directory
        self.directory.mkdir(parents=True, exist_ok=True)
        self.name = directory.name
        self.variables = dict(variables)
        self.port, self.metrics_port = free_ports(2)
        self.pair = authority.issue(f"{self.name}-tls", HOST, LOOPBACK)
        self.policy_file = self.directory / "policy.yaml"
        self.write_policy(policy)
        self.log_file = self.directory / "log"
        self._process = Process(
            [sys.executable, "-c", _COMMAND],
            log=self.log_file,
            environment=self._environment(kubeconfig, authority, brokers) | self.variables,
        )
        self.pid = self._process.pid

    def write_policy(self, policy: Mapping[str, Any] | str) -> None:
        """Replace the policy at once, as a ConfigMap's volume does."""
        text = policy if isinstance(policy, str) else yaml.safe_dump(dict(policy))
        new = self.policy_file.with_suffix(".new")
        new.write_text(text, encoding="utf-8")
        new.replace(self.policy_file)

    def status(self, path: str) -> tuple[int, str]:
        """The answer of /healthz, /readyz or /metrics; status 0 while nobody listens."""
        try:
            with urllib.request.urlopen(f"http://{LOOPBACK}:{self.metrics_port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    def metric(self, name: str, /, **labels: str) -> float:
        """The sum of a metric's samples with these labels."""
        total = 0.0
        for line in self.status("/metrics")[1].splitlines():
            if line.startswith((name + " ", name + "{")):
                sample, value = line.rsplit(" ", 1)
                if all(f'{key}="{wanted}"' in sample for key, wanted in labels.items()):
                    total += float(value)
        return total

    def wait_until(self, what: str, holds: Callable[[], bool], seconds: float = CHANGE_SECONDS) -> None:
        """Wait for a condition that only asking can tell."""
        deadline = time.monotonic() + seconds
        while not holds():
            if not self._process.running:
                raise AssertionError(f"{self.name} ended before {what}:\n{self.log()}")
            if time.monotonic() > deadline:
                raise AssertionError(f"no {what} within {seconds:g} s:\n{self.log()}")
            time.sleep(0.05)

    def wait_until_ready(self) -> None:
        """Wait until it is ready, as leader or standby."""
        self.wait_until("readiness", lambda: self.status("/readyz")[0] == 200)

    @property
    def leads(self) -> bool:
        """Whether it holds the Lease."""
        return self.metric("mcp_jobs_leader") == 1

    def log(self) -> str:
        """All that it logged."""
        return self.log_file.read_text(encoding="utf-8")

    def records(self, message: str) -> list[dict[str, Any]]:
        """The log records whose message contains a text."""
        lines = [line for line in self.log().splitlines() if line.startswith("{")]
        return [record for record in map(json.loads, lines) if message in record["message"]]

    def kill(self) -> None:
        """kill -9."""
        self._process.kill()

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        return self._process.stop(15)

    def _environment(self, kubeconfig: Path, authority: Authority, brokers: str) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "HOME") if name in os.environ}
        return kept | {
            "KUBECONFIG": str(kubeconfig),
            "PYTHONWARNINGS": _WARNINGS,
            "ADMISSION_NAMESPACE": NAMESPACE,
            "ADMISSION_RELEASE": RELEASE,
            "ADMISSION_POD_NAME": self.name,
            "ADMISSION_POD_IP": LOOPBACK,
            "ADMISSION_PORT": str(self.port),
            "ADMISSION_METRICS_PORT": str(self.metrics_port),
            "ADMISSION_CERT_FILE": str(self.pair.cert),
            "ADMISSION_KEY_FILE": str(self.pair.key),
            "ADMISSION_CA_FILE": str(authority.cert),
            "ADMISSION_POLICY_FILE": str(self.policy_file),
            "ADMISSION_LEASE_SECONDS": str(LEASE_SECONDS),
            "ADMISSION_WORKLOADS_FILE": str(self.directory / "workloads.yaml"),
            "ADMISSION_RECONCILE": str(bool(brokers)).lower(),
            "ADMISSION_SWEEP_SECONDS": "600",  # no test waits for that: what ends makes it look
            "KAFKA_BROKERS": brokers,
            "ADMISSION_LOG_FORMAT": "json",
        }

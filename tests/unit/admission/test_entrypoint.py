"""`mcp-jobs admission` without what it needs: a sentence, and an exit code for the Deployment."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

_COMMAND = "import sys; from mcp_jobs.entrypoints.admission import main; sys.exit(main())"
_KUBECONFIG = """
apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "http://127.0.0.1:1"}}]
users: [{name: u, user: {token: t}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
current-context: x
"""


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Path:
    path = tmp_path / "kubeconfig"
    path.write_text(_KUBECONFIG, encoding="utf-8")
    return path


def start(tmp_path: Path, **variables: str) -> tuple[int, str]:
    """Exit code and log of a helper with these variables and no others."""
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-c", _COMMAND],
        env={**kept, "HOME": str(tmp_path), "ADMISSION_LOG_FORMAT": "json", **variables},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return done.returncode, done.stderr


def test_settings_that_are_missing_are_named(tmp_path: Path, kubeconfig: Path) -> None:
    code, log = start(tmp_path)
    assert code == 2
    assert "ADMISSION_NAMESPACE is not set" in log
    code, log = start(tmp_path, ADMISSION_NAMESPACE="mcp", ADMISSION_PORT="0", KUBECONFIG=str(kubeconfig))
    assert code == 2
    assert "ADMISSION_PORT Input should be greater than or equal to 1" in log


def test_without_a_cluster_it_says_so(tmp_path: Path) -> None:
    code, log = start(tmp_path, ADMISSION_NAMESPACE="mcp", KUBECONFIG=str(tmp_path / "none"))
    assert code == 1
    assert "no Kubernetes API server is configured" in log


def test_kafka_is_needed_for_the_reconciler_and_for_nothing_else(tmp_path: Path, kubeconfig: Path) -> None:
    variables = {"ADMISSION_NAMESPACE": "mcp", "KUBECONFIG": str(kubeconfig)}
    code, log = start(tmp_path, **variables)
    assert code == 2
    assert "KAFKA_BROKERS is not set" in log
    missing = str(tmp_path / "policy.yaml")
    code, log = start(tmp_path, ADMISSION_RECONCILE="false", ADMISSION_POLICY_FILE=missing, **variables)
    assert code == 1
    assert f"the policy {missing} can't be read: No such file or directory" in log

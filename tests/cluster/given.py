"""A cluster that people have already, kind or any other: looked at, told on, never changed."""

import os
import shutil
import subprocess
from pathlib import Path

from cluster.binaries import find_binaries
from cluster.errors import ClusterError
from cluster.layout import DEFAULT_IMAGE
from cluster.objects import Kubectl

_KEDA = """\
helm repo add kedacore https://kedacore.github.io/charts
  helm install keda kedacore/keda --version 2.21.0 --namespace keda --create-namespace \\
    --set extraArgs.keda.kube-api-qps=200 --set extraArgs.keda.kube-api-burst=400 \\
    --set 'env[0].name=KEDA_KUBERNETES_API_TIMEOUT' --set-string 'env[0].value=30s'"""


def check_given(kubeconfig: Path) -> dict[str, str]:
    """Check that a cluster has what the tests need; what they read from the environment.

    Raises:
        ClusterError: It doesn't answer, or has no KEDA, or nobody said where Kafka is.
    """
    kubectl = Kubectl(shutil.which("kubectl") or find_binaries("kubectl")["kubectl"], kubeconfig)
    kubectl.run("get", "--raw", "/readyz")
    try:
        kubectl.run("get", "customresourcedefinition", "scaledjobs.keda.sh")
    except ClusterError as error:
        raise ClusterError(f"The cluster has no KEDA:\n  {_KEDA}") from error
    brokers = os.environ.get("KAFKA_BROKERS")
    if not brokers:
        raise ClusterError(
            "Let KAFKA_BROKERS have Kafka's address for pods, KAFKA_BROKERS_LOCAL the one for here."
        )
    return {
        "KUBECONFIG": str(kubeconfig.resolve()),
        "KAFKA_BROKERS": brokers,
        "KAFKA_BROKERS_LOCAL": os.environ.get("KAFKA_BROKERS_LOCAL", brokers),
        "IMAGE": os.environ.get("IMAGE", DEFAULT_IMAGE),
    }


def kind_kubeconfig(directory: Path) -> Path:
    """Write the kubeconfig of kind's cluster into a file.

    Raises:
        ClusterError: There is no kind, or it has no cluster.
    """
    if not shutil.which("kind"):
        raise ClusterError(
            "There is no kind on the PATH: https://kind.sigs.k8s.io, then `kind create cluster`."
        )
    name = os.environ.get("KIND_CLUSTER_NAME", "kind")
    done = subprocess.run(
        ["kind", "get", "kubeconfig", "--name", name], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ClusterError(f"kind: {done.stderr.strip()}")
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "kind.kubeconfig"
    path.touch(0o600)
    path.write_text(done.stdout)
    return path

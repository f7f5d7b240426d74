"""The binaries that come as Go modules: scripts/tool builds each once and tells where it is."""

import subprocess
from pathlib import Path

from cluster.errors import ClusterError

ROOT = Path(__file__).parents[2]
CONTROL_PLANE = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")
NODE = ("kubelet", "kube-proxy", "pause")
MORE = ("kubectl", "helm", "keda-operator", "coredns", "kwok")


def find_binaries(*names: str) -> dict[str, str]:
    """The path of each, built when it isn't there yet (that is told on standard error, and takes minutes).

    Raises:
        ClusterError: One can't be built.
    """
    done = subprocess.run([ROOT / "scripts" / "tool", *names], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise ClusterError("A binary could not be built: the lines above say which, and why.")
    return dict(zip(names, done.stdout.splitlines(), strict=True))

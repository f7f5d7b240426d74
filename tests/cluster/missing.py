"""What a machine needs to run a cluster, and what it lacks."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from cluster.errors import ClusterError

#: programs, and Debian's packages of them
FOR_CLUSTER = {
    "containerd": "containerd",
    "ctr": "containerd",
    "containerd-shim-runc-v2": "containerd",
    "runc": "runc",
    "iptables": "iptables",
    "conntrack": "conntrack",
    "ip": "iproute2",
    "nsenter": "util-linux",
    "unshare": "util-linux",
}
FOR_BASE_IMAGE = {"mmdebstrap": "mmdebstrap"}
_CNI_PLUGINS = ("bridge", "host-local", "loopback", "portmap")
_CNI_DIRECTORIES = (Path("/usr/lib/cni"), Path("/opt/cni/bin"))
_CNI_PACKAGE = "containernetworking-plugins"
# Debian's users don't have these on their PATH.
_SYSTEM = "/usr/local/sbin:/usr/sbin:/sbin"


def require_root() -> None:
    """Refuse to go on without Linux and root.

    Raises:
        ClusterError: It is something else.
    """
    instead = "or use the cluster you have: scripts/cluster up --kind, or --kubeconfig FILE"
    if sys.platform != "linux":
        raise ClusterError(f"A cluster of one's own needs Linux; on {sys.platform}, {instead[3:]}.")
    if os.geteuid() != 0:
        raise ClusterError(f"A cluster of one's own needs root: run it with sudo, {instead}.")


def require(programs: Mapping[str, str], *, cni: bool = False, install: bool = False) -> None:
    """Check that these programs are there; `install` lets apt-get install those that aren't.

    Raises:
        ClusterError: Something is missing. The message has the line that installs it.
    """
    lacking = missing(programs, cni=cni)
    if lacking and install:
        _install(lacking.values())
        lacking = missing(programs, cni=cni)
    if lacking:
        raise ClusterError(explain(lacking))


def missing(programs: Mapping[str, str], *, cni: bool = False) -> dict[str, str]:
    """Those of the programs (and of the network's plugins) that aren't there, with their packages."""
    add_system_path()
    lacking = {name: package for name, package in programs.items() if not shutil.which(name)}
    if cni and not cni_directory():
        lacking["the CNI plugins"] = _CNI_PACKAGE
    return lacking


def explain(lacking: Mapping[str, str]) -> str:
    """One sentence, and the command that helps."""
    packages = " ".join(sorted(set(lacking.values())))
    return (
        f"Missing on this machine: {', '.join(lacking)}. Install them, or add --install:\n"
        f"  apt-get install --no-install-recommends {packages}"
    )


def cni_directory() -> Path | None:
    """Where the CNI plugins are."""
    for directory in _CNI_DIRECTORIES:
        if all((directory / plugin).exists() for plugin in _CNI_PLUGINS):
            return directory
    return None


def add_system_path() -> None:
    """Let programs for root be found, and used by what is started from here."""
    path = os.environ.get("PATH", "")
    if _SYSTEM not in path:
        os.environ["PATH"] = f"{path}:{_SYSTEM}"


def _install(packages: Iterable[str]) -> None:
    for command in (["update", "-qq"], ["install", "-qq", "--no-install-recommends", *sorted(set(packages))]):
        done = subprocess.run(["apt-get", "-y", *command], stdout=sys.stderr, check=False)
        if done.returncode:
            raise ClusterError(f"apt-get {' '.join(command)} failed with {done.returncode}.")

"""Where everything of a cluster is: the one place of its names, directories and addresses."""

import os
import re
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Network
from pathlib import Path

from cluster.errors import ClusterError

DEFAULT_NAME = "mcp-jobs"
#: what scripts/image calls what it builds
DEFAULT_IMAGE = "localhost/mcp-jobs:dev"
#: Services and DNS exist inside of the node only, so every cluster may have the same
SERVICES = IPv4Network("10.96.0.0/16")
DNS = str(SERVICES[10])
NODE = "node-1"

# An interface's name has 15 characters at most, and ours adds one.
_NAME = re.compile(r"[a-z][a-z0-9-]{0,13}")


def cache() -> Path:
    """The user's cache directory of this project."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mcp-jobs"


@dataclass(frozen=True)
class Home:
    """The directories of one cluster. All but `logs` are gone when it is down."""

    name: str = DEFAULT_NAME

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ClusterError(
                f"{self.name!r} can't name a cluster: at most 14 of a-z, 0-9 and -, a letter first."
            )

    @cached_property
    def directory(self) -> Path:
        """What has the others in it."""
        return cache() / "cluster" / self.name

    @property
    def state(self) -> Path:
        """What the parts keep: etcd's data, containers, brokers' logs, certificates, configuration."""
        return self.directory / "state"

    @property
    def run(self) -> Path:
        """What holds only while they run: records of processes, sockets."""
        return self.directory / "run"

    @property
    def logs(self) -> Path:
        """One file for each part."""
        return self.directory / "log"

    @property
    def lock(self) -> Path:
        """Held by whoever brings it up or down."""
        return self.directory / "lock"

    @property
    def plan(self) -> Path:
        """The choices it was brought up with: see plan.py."""
        return self.directory / "plan.json"

    @property
    def kubeconfig(self) -> Path:
        """The administrator's."""
        return self.directory / "kubeconfig"

    @property
    def socket(self) -> Path:
        """containerd's."""
        return self.run / "containerd.sock"

    @property
    def interface(self) -> str:
        """The host's end of the cable to the node."""
        return f"{self.name}0"

    @property
    def cgroup(self) -> str:
        """Where every pod is: a kubelet kills what it finds and doesn't know in a cgroup that it shares."""
        return self.name


@dataclass(frozen=True)
class Addresses:
    """The addresses in a subnet: the node's first, the host's second, then the pods'."""

    pods: IPv4Network

    @cached_property
    def node(self) -> str:
        """The node's, which is also the API server's, Kafka's and the DNS server's."""
        return str(self.pods[1])

    @cached_property
    def host(self) -> str:
        """This machine's, as pods and the API server see it."""
        return str(self.pods[2])

    @cached_property
    def first_pod(self) -> str:
        """Where the pods' begin."""
        return str(self.pods[256 + 2])

    @property
    def api(self) -> str:
        """The API server's URL."""
        return f"https://{self.node}:6443"

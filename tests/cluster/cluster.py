"""A whole cluster on one machine: brought up, looked at, taken down; and its parts, one by one."""

import dataclasses
import shutil
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Self

from cluster.cgroup import members, remove_cgroup
from cluster.control_plane import api_server, controller_manager, etcd, scheduler
from cluster.dns import dns
from cluster.errors import ClusterError
from cluster.fake_nodes import kwok
from cluster.kafka import bootstrap_servers, kafka_parts, listener_addresses
from cluster.keda import keda
from cluster.kernel import restore_settings
from cluster.layout import DEFAULT_IMAGE, DEFAULT_NAME, Home
from cluster.node import Node, unplug
from cluster.objects import Kubectl
from cluster.part import Part
from cluster.plan import Plan
from cluster.record import Record, all_pids, command_line, end
from cluster.site import Site
from cluster.worker import containerd, kubelet, proxy

_END_SECONDS = 10.0


@dataclasses.dataclass(frozen=True)
class Cluster:
    """A cluster that is up: where it is, what it consists of."""

    site: Site

    @classmethod
    def running(cls, name: str = DEFAULT_NAME) -> Self:
        """The cluster of that name.

        Raises:
            ClusterError: It isn't up.
        """
        home = Home(name)
        return cls(Site(home, Plan.read(home)))

    @property
    def kubeconfig(self) -> Path:
        """The administrator's."""
        return self.site.home.kubeconfig

    @property
    def brokers(self) -> str:
        """Kafka's bootstrap servers in plain text, the same for pods and for this machine."""
        return bootstrap_servers(self.site)

    @property
    def listeners(self) -> dict[str, str]:
        """The bootstrap servers of each of Kafka's listeners."""
        return listener_addresses(self.site.plan.kafka, self.site.addresses.node)

    @property
    def host(self) -> str:
        """This machine's address, as pods and the API server see it: for a webhook under test."""
        return self.site.addresses.host

    @property
    def environment(self) -> dict[str, str]:
        """What tests and people's shells need; PATH is what comes in front of theirs."""
        tools = {str(Path(self.site.tool(name)).parent): None for name in ("kubectl", "helm")}
        return {
            "KUBECONFIG": str(self.kubeconfig),
            "KAFKA_BROKERS": self.brokers,
            "KAFKA_BROKERS_LOCAL": self.brokers,
            "IMAGE": DEFAULT_IMAGE,
            "PATH": ":".join(tools),
        }

    @cached_property
    def kubectl(self) -> Kubectl:
        """kubectl as administrator."""
        return Kubectl(self.site.tool("kubectl"), self.kubeconfig)

    @cached_property
    def parts(self) -> dict[str, Part]:
        """All parts by name, in the order in which they start. Their configuration is written, too."""
        site = self.site
        makers: list[Callable[[Site], Part]] = [etcd, containerd]
        after: list[Callable[[Site], Part]] = [
            api_server,
            controller_manager,
            scheduler,
            kubelet,
            proxy,
            dns,
            keda,
        ]
        if site.plan.fake_nodes:
            after.append(kwok)
        first = [Node(site.home, site.addresses).part, *(make(site) for make in makers), *kafka_parts(site)]
        found = [*first, *(make(site) for make in after)]
        return {part.name: part for part in found}

    def part(self, name: str) -> Part:
        """One part.

        Raises:
            ClusterError: There is no such part.
        """
        if name not in self.parts:
            raise ClusterError(f"There is no part {name}, only {', '.join(self.parts)}.")
        return self.parts[name]

    def matching(self, name: str) -> list[Part]:
        """A part, or several by what their names have in common: `kafka` means every broker."""
        return [part for part in self.parts.values() if part.name.startswith(f"{name}-")] or [self.part(name)]


def take_down(home: Home) -> None:
    """End every process of a cluster, and remove everything that is left of it but for its logs.

    Nothing is kept, so nothing is given time to end well. It works on a cluster of which half has died, too.
    """
    end(_recorded(home, but="node"), seconds=0.0, gently=False)
    end([*_shims(home), *members(home.cgroup)], seconds=0.0, gently=False)
    end(_recorded(home), seconds=0.0, gently=False)
    unplug(home)
    left = remove_cgroup(home.cgroup, _END_SECONDS)
    restore_settings(home)
    home.kubeconfig.unlink(missing_ok=True)
    home.plan.unlink(missing_ok=True)
    for directory in (home.run, home.state):
        shutil.rmtree(directory, ignore_errors=True)
    if left:
        raise ClusterError(f"Some pods' processes did not end: {', '.join(map(str, left))}.")


def _recorded(home: Home, but: str = "") -> list[Record]:
    found = [Record.read(path) for path in sorted(home.run.glob("*.json")) if path.stem != but]
    return [record for record in found if record]


def _shims(home: Home) -> list[Record]:
    # What stands between containerd and a pod; it outlives containerd and names it in its command line.
    found = {pid: command_line(pid) for pid in all_pids()}
    ours = {pid: line for pid, line in found.items() if line and "containerd-shim" in line[0]}
    records = [Record.of(pid, line) for pid, line in ours.items() if str(home.socket) in line]
    return [record for record in records if record]

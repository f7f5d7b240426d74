"""The node: namespaces of its own for network and mounts, joined to this machine by one cable.

Everything a cluster does to a network (bridge, addresses, kube-proxy's rules, ports) and every mount of a pod
is inside, so nothing of it meets anything outside, and all of it is gone with the last process.
"""

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from cluster.errors import ClusterError
from cluster.layout import Addresses, Home
from cluster.part import Part
from cluster.record import Record, command_line

BRIDGE = "pods0"
#: what kubelets and container runtimes have to be able to write, and where they insist on
_OWN_DIRECTORIES = ("/run/netns", "/run/containerd", "/var/lib/cni", "/var/log/containers")

_UNSHARE_SECONDS = 10.0

# $1 the node's address, $2 the bridge, $3 the cable's inner end; the rest are directories.
_FURNISH = """
set -eu
address=$1 bridge=$2 cable=$3
shift 3
# Copies of other containers' mounts, which would keep those from going.
awk '($3 == "overlay" || $3 == "nsfs" || $2 ~ "/pods/") && $2 != "/" {print $2}' /proc/self/mounts |
    tac | xargs -r umount --lazy
for directory; do
    mkdir -p "$directory"
    mount -t tmpfs tmpfs "$directory"
done
ip link set lo up
ip link add "$bridge" address 02:6d:63:70:6a:01 type bridge
ip link set "$cable" master "$bridge" up
ip address add "$address" dev "$bridge"
ip link set "$bridge" up
echo 1 >/proc/sys/net/ipv4/ip_forward
echo 1 >/proc/sys/net/bridge/bridge-nf-call-iptables
"""


@dataclass(frozen=True)
class Node:
    """Makes the node and takes its cable away."""

    home: Home
    addresses: Addresses

    @property
    def part(self) -> Part:
        """The process that holds the namespaces."""
        return Part(
            name="node",
            home=self.home,
            command=["sleep", "infinity"],
            healthy=lambda: True,
            address=self.addresses.node,
        )

    def make(self) -> None:
        """Make the namespaces, their network, and the cable to them."""
        load_modules()
        prefix = ["unshare", "--net", "--mount", "--propagation", "slave", "--"]
        part = self.part
        part.start(prefix)
        _wait_for_namespaces(part)
        cable, pid = self.home.interface, str(part.pid)
        unplug(self.home)
        _run("ip", "link", "add", cable, "type", "veth", "peer", "name", "host0", "netns", pid)
        _run("ip", "address", "add", f"{self.addresses.host}/16", "dev", cable)
        _run("ip", "link", "set", cable, "up")
        inside = ["nsenter", f"--target={pid}", "--net", "--mount", "--", "sh", "-c", _FURNISH, "furnish"]
        _run(*inside, f"{self.addresses.node}/16", BRIDGE, "host0", *_OWN_DIRECTORIES)


def _wait_for_namespaces(part: Part) -> None:
    # They exist once `unshare` has become what it was told to run.
    deadline = time.monotonic() + _UNSHARE_SECONDS
    while command_line(part.pid or 0) != tuple(part.command):
        if not part.running or time.monotonic() > deadline:
            raise part.failure("has no namespaces of its own")
        time.sleep(0.01)


def node_runs(home: Home) -> bool:
    """Whether there is a node."""
    found = Record.read(home.run / "node.json")
    return bool(found and found.alive)


def unplug(home: Home) -> None:
    """Take the cable away, unless the kernel has, which does it in its own time when the node is gone."""
    subprocess.run(["ip", "link", "delete", home.interface], capture_output=True, check=False)


def load_modules() -> None:
    """Load what the kernel needs for a bridge and for images, where it isn't built in.

    Raises:
        ClusterError: The kernel has no bridge that iptables sees.
    """
    if not Path("/proc/sys/net/bridge").exists():
        subprocess.run(["modprobe", "-a", "br_netfilter", "overlay"], capture_output=True, check=False)
    if not Path("/proc/sys/net/bridge").exists():
        raise ClusterError("This kernel has no br_netfilter: kube-proxy's rules would not see pods.")


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ClusterError(f"The node's network can't be made: {command[0]}: {done.stderr.strip()}")

"""containerd, kubelet and kube-proxy: what makes the node run pods and reach Services."""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cluster.cgroup import make_cgroup
from cluster.errors import ClusterError
from cluster.health import well
from cluster.layout import DNS, NODE, Home
from cluster.missing import cni_directory
from cluster.node import BRIDGE
from cluster.part import Part
from cluster.pause import PAUSE_IMAGE
from cluster.site import Site, flags

_ANSWER_SECONDS = 10.0
_CONTAINERD = """\
version = 2
root = "{state}/containerd"
state = "{run}/containerd"
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs",
  "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.internal.v1.opt", "io.containerd.tracing.processor.v1.otlp"]
[grpc]
  address = "{socket}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{pause}"
  stream_server_address = "127.0.0.1"
  disable_apparmor = true
  # Lowering a process's score takes a capability that not every machine's root has.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{cni}"
    conf_dir = "{config}/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = false
"""


def containerd(site: Site) -> Part:
    """containerd. Images come from scripts/image; there is no registry."""
    home = site.home
    config = _CONTAINERD.format(
        state=home.state,
        run=home.run,
        socket=home.socket,
        pause=PAUSE_IMAGE,
        cni=cni_directory(),
        config=site.config,
    )
    path = site.write("containerd.toml", config)
    site.write("cni/10-pods.conflist", _network(site))
    command = ["containerd", "--config", str(path)]
    return site.part("containerd", command, lambda: answers(home), address=f"unix://{home.socket}")


def ctr(home: Home, *arguments: str) -> list[str]:
    """The command line that asks containerd about what Kubernetes runs."""
    return ["ctr", "--address", str(home.socket), "--namespace", "k8s.io", *arguments]


def load_image(home: Home, archive: Path) -> None:
    """Give containerd an image from an archive as docker and buildah write it.

    Raises:
        ClusterError: It doesn't take it.
    """
    done = subprocess.run(
        ctr(home, "images", "import", "--digests=false", str(archive)),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ClusterError(f"containerd doesn't take the image {archive}: {done.stderr.strip()}")


def answers(home: Home) -> bool:
    """Whether containerd answers."""
    try:
        done = subprocess.run(ctr(home, "version"), capture_output=True, check=False, timeout=_ANSWER_SECONDS)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def kubelet(site: Site) -> Part:
    """The kubelet."""
    make_cgroup(site.home.cgroup)
    address = site.addresses.node
    site.write("resolv.conf", "nameserver 127.0.0.1\n")
    options = flags(
        config=site.write("kubelet.yaml", _kubelet(site)),
        kubeconfig=site.pki.kubeconfig(f"system:node:{NODE}"),
        hostname_override=NODE,
        node_ip=address,
        root_dir=site.home.state / "kubelet",
    )
    command = [site.tool("kubelet"), *options]
    return site.part(
        "kubelet", command, well(f"http://{address}:10248/healthz"), address=f"https://{address}:10250"
    )


def proxy(site: Site) -> Part:
    """kube-proxy, whose rules are the node's own."""
    address = site.addresses.node
    config = {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "clientConnection": {"kubeconfig": str(site.pki.kubeconfig("system:kube-proxy"))},
        "hostnameOverride": NODE,
        "mode": "iptables",
        "clusterCIDR": str(site.addresses.pods),
        "healthzBindAddress": f"{address}:10256",
        "metricsBindAddress": f"{address}:10249",
        "nodePortAddresses": [f"{address}/32"],
        # These would be settings of the whole machine.
        "conntrack": {"maxPerCore": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"},
    }
    command = [site.tool("kube-proxy"), *flags(config=site.write("proxy.yaml", config))]
    return site.part("kube-proxy", command, well(f"http://{address}:10256/livez"))


def _network(site: Site) -> Mapping[str, Any]:
    addresses = site.addresses
    span = {"subnet": str(addresses.pods), "rangeStart": addresses.first_pod, "gateway": addresses.node}
    return {
        "cniVersion": "0.4.0",
        "name": "pods",
        "plugins": [
            {
                "type": "bridge",
                "bridge": BRIDGE,
                "isGateway": True,
                "ipMasq": False,
                "hairpinMode": True,
                "ipam": {
                    "type": "host-local",
                    "dataDir": str(site.home.run / "addresses"),
                    "ranges": [[span]],
                    "routes": [{"dst": "0.0.0.0/0"}],
                },
            },
            {"type": "portmap", "capabilities": {"portMappings": True}},
        ],
    }


def _kubelet(site: Site) -> Mapping[str, Any]:
    state, pki = site.home.state, site.pki
    serving = pki.pair(f"system:node:{NODE}")
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "containerRuntimeEndpoint": f"unix://{site.home.socket}",
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{site.home.cgroup}",
        "failCgroupV1": False,
        "failSwapOn": False,
        "address": site.addresses.node,
        "healthzBindAddress": site.addresses.node,
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(pki.ca)},
        },
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": str(serving.cert),
        "tlsPrivateKeyFile": str(serving.key),
        "clusterDNS": [DNS],
        "clusterDomain": "cluster.local",
        "resolvConf": str(site.config / "resolv.conf"),
        "podLogsDir": str(state / "pod-logs"),
        "volumePluginDir": str(state / "volume-plugins"),
        "seccompDefault": True,
        "maxPods": 250,
        "maxOpenFiles": 20_000,
        "serializeImagePulls": False,
        "registryPullQPS": 0,
        "kubeAPIQPS": 100,
        "kubeAPIBurst": 200,
        "eventRecordQPS": 100,
        # Nobody could bring an image back that was thrown away.
        "imageGCHighThresholdPercent": 100,
        "imageGCLowThresholdPercent": 99,
        "evictionHard": {
            "memory.available": "100Mi",
            "nodefs.available": "0%",
            "nodefs.inodesFree": "0%",
            "imagefs.available": "0%",
        },
    }

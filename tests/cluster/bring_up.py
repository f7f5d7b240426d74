"""From nothing, or from a cluster of which a part has died, to one that is well."""

import shutil
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from cluster.binaries import CONTROL_PLANE, MORE, NODE, find_binaries
from cluster.cluster import Cluster, take_down
from cluster.dns import dns_objects
from cluster.errors import ClusterError
from cluster.fake_nodes import fake_nodes
from cluster.keda import keda_definitions
from cluster.kernel import remember_settings
from cluster.layout import NODE as NODE_NAME
from cluster.layout import Home
from cluster.missing import FOR_CLUSTER, require, require_root
from cluster.node import Node, node_runs
from cluster.objects import Object
from cluster.part import Part
from cluster.pause import write_pause_image
from cluster.pki import make_pki
from cluster.plan import Kafka, Plan
from cluster.site import Site
from cluster.subnet import choose_subnet, routes
from cluster.worker import load_image
from mcp_jobs.local.storage import random_id

_READY_SECONDS = 180.0
_PROXY_USER = "system:kube-proxy"


class Progress:
    """Says what is there, and after how many seconds."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.say = say
        self._start = time.monotonic()

    def done(self, what: str) -> None:
        """Say that something is there."""
        self.say(f"{time.monotonic() - self._start:6.1f} s  {what}")


def bring_up(home: Home, wished: Plan, *, say: Callable[[str], None], install: bool = False) -> Cluster:
    """Bring a cluster up, or the parts of it that don't run. What comes up only half is taken down again.

    `wished`: its subnet may be empty text, its tools none: they are found.

    Raises:
        ClusterError: It can't be. The message names the part, and has the end of its log.
    """
    require_root()
    require(FOR_CLUSTER, cni=True, install=install)
    progress = Progress(say)
    if node_runs(home):
        cluster = Cluster.running(home.name)
        cluster = Cluster(Site(home, _continue(cluster.site.plan, wished)))
        cluster.site.plan.write(home)
        _start(cluster, progress)
        return cluster
    take_down(home)  # what a crash or a reboot has left
    try:
        cluster = _make(home, wished, progress)
        _start(cluster, progress)
    except BaseException:
        take_down(home)
        raise
    return cluster


def _make(home: Home, wished: Plan, progress: Progress) -> Cluster:
    tools = find_binaries(*CONTROL_PLANE, *NODE, *MORE)
    kafka = replace(wished.kafka, cluster_id=random_id())
    subnet = choose_subnet(wished.pods or None, routes())
    plan = replace(wished, pods=str(subnet), kafka=kafka, tools=tools)
    site = Site(home, plan)
    shutil.rmtree(home.logs, ignore_errors=True)
    home.run.mkdir(parents=True)
    plan.write(home)
    remember_settings(home)
    make_pki(site.pki, site.addresses)
    home.kubeconfig.write_text(site.pki.kubeconfig("admin").read_text())
    home.kubeconfig.chmod(0o600)
    Node(home, site.addresses).make()
    progress.done(f"node {site.addresses.node}, in a network of its own")
    return Cluster(site)


def _start(cluster: Cluster, progress: Progress) -> None:
    parts = cluster.parts
    brokers = [name for name in parts if name.startswith("kafka-")]
    started = _launch(parts[name] for name in ("etcd", "containerd", *brokers))
    _await(progress, parts["etcd"])
    started += _launch([parts["kube-apiserver"]])
    _await(progress, parts["containerd"])
    _load_pause_image(cluster)
    _await(progress, parts["kube-apiserver"])
    early = ("kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy", "coredns")
    started += _launch(parts[name] for name in early)
    if started or cluster.site.plan.fake_nodes:
        _make_objects(cluster)
        progress.done("KEDA's definitions, Services, roles")
    started += _launch(parts[name] for name in ("keda", "kwok") if name in parts)
    _await(progress, *(parts[name] for name in (*early, *brokers, "keda")))
    _await_nodes(cluster, f"--field-selector=metadata.name={NODE_NAME}")
    progress.done(f"{NODE_NAME} is Ready")
    if "kwok" in parts:
        _await(progress, parts["kwok"])
        _await_nodes(cluster, "--selector=type=kwok")
        progress.done(f"{cluster.site.plan.fake_nodes} fake nodes are Ready")


def _launch(parts: Iterable[Part]) -> list[str]:
    return [part.name for part in parts if part.start()]


def _await(progress: Progress, *parts: Part) -> None:
    for part in parts:
        part.wait()
        progress.done(f"{part.name} {part.address}".rstrip())


def _await_nodes(cluster: Cluster, selector: str) -> None:
    # Of all nodes together: kubectl looks at one after the other.
    arguments = ("wait", "--for=condition=Ready", "node", selector, "--timeout=30s")
    cluster.kubectl.wait(_READY_SECONDS, "A Ready node", *arguments)


def _load_pause_image(cluster: Cluster) -> None:
    home = cluster.site.home
    archive = home.state / "pause.tar"
    if not archive.exists():
        write_pause_image(Path(cluster.site.tool("pause")), archive)
        load_image(home, archive)


def _make_objects(cluster: Cluster) -> None:
    site, kubectl = cluster.site, cluster.kubectl
    kubectl.apply_directory(keda_definitions(site))
    kubectl.apply([*dns_objects(site), *_roles(), *fake_nodes(site.plan.fake_nodes)])
    kubectl.wait(_READY_SECONDS, "KEDA's definitions", "get", "--raw", "/apis/keda.sh/v1alpha1/scaledjobs")


def _roles() -> list[Object]:
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "system:node-proxier"}
    subject = {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": _PROXY_USER}
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "kube-proxy"},
        "roleRef": role,
        "subjects": [subject],
    }
    return [binding, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "keda"}}]


def _continue(running: Plan, wished: Plan) -> Plan:
    """The plan of a cluster that runs, with fake nodes added; all else stays as it is until it is down."""
    kafka = replace(wished.kafka, cluster_id=running.kafka.cluster_id)
    default = kafka == Kafka(cluster_id=kafka.cluster_id)
    if (wished.pods and wished.pods != running.pods) or not (default or kafka == running.kafka):
        raise ClusterError("The cluster runs with another subnet or Kafka: scripts/cluster down first.")
    return replace(running, fake_nodes=max(running.fake_nodes, wished.fake_nodes))

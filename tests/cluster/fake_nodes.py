"""Fake nodes: kwok plays kubelet for them and for their pods, thousands of which cost next to nothing.

A pod goes there when it tolerates the taint `kwok.x-k8s.io/node` and selects `type: kwok`. It is Running at
once, and Ready too, unless its annotation READY says LATER; a Job's pod succeeds after the time that its
annotation RUN_FOR says, and without one never.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from cluster.health import well
from cluster.objects import Object
from cluster.part import Part
from cluster.site import Site, flags

#: a pod's annotation: how long it runs, in Go's spelling, e.g. "30s"
RUN_FOR = "mcp-jobs/run-for"
#: a pod's annotation: while it is LATER, the pod does not become Ready
READY = "mcp-jobs/ready"
LATER = "later"
SELECTOR = {"type": "kwok"}
TOLERATION = {"key": "kwok.x-k8s.io/node", "operator": "Exists", "effect": "NoSchedule"}
_MARK = "kwok.x-k8s.io/node"


def kwok(site: Site) -> Part:
    """kwok."""
    address = f"{site.addresses.node}:10247"
    shipped = _stages(Path(site.tool("kwok")).with_name("stages"))
    stages = [ours for stage in shipped for ours in _timed(stage)]
    options = flags(
        config=site.write("kwok.yaml", "\n---\n".join(json.dumps(stage) for stage in stages)),
        kubeconfig=site.pki.kubeconfig("admin"),
        manage_all_nodes=False,
        manage_nodes_with_annotation_selector=f"{_MARK}=fake",
        cidr="10.250.0.0/16",  # of addresses that nobody ever sends to
        node_ip=site.addresses.node,
        node_lease_duration_seconds=40,
        server_address=address,
    )
    return site.part("kwok", [site.tool("kwok"), *options], well(f"http://{address}/healthz"))


def fake_nodes(count: int) -> Iterator[Object]:
    """The nodes. Nothing but pods made for them gets there."""
    for number in range(1, count + 1):
        yield {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {
                "name": f"fake-{number}",
                "annotations": {_MARK: "fake", "node.alpha.kubernetes.io/ttl": "0"},
                "labels": SELECTOR,
            },
            "spec": {"taints": [{"key": _MARK, "value": "fake", "effect": "NoSchedule"}]},
        }


def _stages(directory: Path) -> Iterator[Object]:
    for path in sorted(directory.glob("*.yaml")):
        yield from yaml.safe_load_all(path.read_text())


def _timed(stage: Object) -> Iterator[Object]:
    """kwok's own stages make a pod Ready as soon as it is there, and end a Job's as soon as it runs."""
    match stage["metadata"]["name"]:
        case "pod-ready":
            later = {"key": _annotation(READY), "operator": "In", "values": [LATER]}
            yield _not_ready(_when(stage, later))
            running = {"key": ".status.phase", "operator": "In", "values": ["Pending", "Running"]}
            yield _when(stage, running, {**later, "operator": "NotIn"})
        case "pod-complete":
            timed = _when(stage, {"key": _annotation(RUN_FOR), "operator": "Exists"})
            delay = {"durationFrom": {"expressionFrom": _annotation(RUN_FOR)}}
            yield {**timed, "spec": {**timed["spec"], "delay": delay}}
        case _:
            yield stage


def _not_ready(stage: Object) -> Object:
    """The stage of a pod that becomes Running and Ready, but is not Ready. Its address comes later."""
    template: str = stage["spec"]["next"]["statusTemplate"]
    template = re.sub(r'"True"(\s+type: (Ready|ContainersReady))', r'"False"\1', template)
    template = re.sub(r"{{ \$podIPs .*(?=phase:)", "", template, flags=re.DOTALL)
    changed = {"statusTemplate": template.replace("ready: true", "ready: false")}
    return {**stage, "metadata": {"name": "pod-running"}, "spec": {**stage["spec"], "next": changed}}


def _when(stage: Object, *conditions: Object) -> Object:
    """The stage, on more conditions; one on a key that it has already takes that one's place."""
    expressions = {e["key"]: e for e in (*stage["spec"]["selector"]["matchExpressions"], *conditions)}
    selector = {"matchExpressions": list(expressions.values())}
    return {**stage, "spec": {**stage["spec"], "selector": selector}}


def _annotation(name: str) -> str:
    return f'.metadata.annotations["{name}"]'

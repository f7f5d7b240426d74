"""Cluster DNS: CoreDNS as a process of the node, behind the Service that pods ask."""

from collections.abc import Iterator

from cluster.health import well
from cluster.layout import DNS
from cluster.objects import Object
from cluster.part import Part
from cluster.site import Site, flags

#: by which pods may call Kafka, should a certificate need a name; one broker is kafka-2.mcp-jobs.internal
KAFKA_HOST = "kafka.mcp-jobs.internal"
# Every directive on lines of its own: CoreDNS misreads a block on one line without a word.
_COREFILE = """\
.:53 {{
    bind {node}
    errors
    ready {node}:8181
    kubernetes cluster.local {{
        kubeconfig {kubeconfig} mcp-jobs
        ttl 5
    }}
    hosts {{
        {node} {names}
        fallthrough
    }}
}}
"""


def dns(site: Site) -> Part:
    """CoreDNS."""
    node, brokers = site.addresses.node, range(1, site.plan.kafka.brokers + 1)
    names = " ".join([KAFKA_HOST, *(f"kafka-{number}.mcp-jobs.internal" for number in brokers)])
    text = _COREFILE.format(node=node, names=names, kubeconfig=site.pki.kubeconfig("admin"))
    command = [site.tool("coredns"), *(flag[1:] for flag in flags(conf=site.write("Corefile", text)))]
    return site.part("coredns", command, well(f"http://{node}:8181/ready"), address=f"{DNS}:53")


def dns_objects(site: Site) -> Iterator[Object]:
    """The Service that pods ask, and where it leads."""
    ports = [
        {"name": name, "port": 53, "protocol": protocol}
        for name, protocol in (("dns", "UDP"), ("dns-tcp", "TCP"))
    ]
    yield {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "kube-dns", "namespace": "kube-system"},
        "spec": {"clusterIP": DNS, "ports": ports},
    }
    labels = {"kubernetes.io/service-name": "kube-dns"}
    yield {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": "kube-dns", "namespace": "kube-system", "labels": labels},
        "addressType": "IPv4",
        "endpoints": [{"addresses": [site.addresses.node], "conditions": {"ready": True}}],
        "ports": ports,
    }

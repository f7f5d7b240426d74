"""KEDA: its operator as a process of the node. Its metrics server and webhooks concern ScaledObjects only."""

import shutil
from pathlib import Path

from cluster.health import well
from cluster.part import Part
from cluster.site import Site, flags

_NAMESPACE = "keda"


def keda(site: Site) -> Part:
    """The operator, with the settings for bursts that the chart's README asks for."""
    node = site.addresses.node
    command = flags(
        leader_elect=False,
        zap_log_level="info",
        zap_encoder="console",
        cert_dir=_certificates(site),
        enable_cert_rotation=False,
        enable_webhook_patching=False,
        enable_apiservice_patching=False,
        metrics_bind_address=f"{node}:8080",
        health_probe_bind_address=f"{node}:8081",
        metrics_service_bind_address=f"{node}:9666",
        kube_api_qps=200,
        kube_api_burst=400,
    )
    environment = {
        "KUBECONFIG": str(site.pki.kubeconfig("admin")),
        "WATCH_NAMESPACE": "",
        "POD_NAME": "keda-operator",
        "POD_NAMESPACE": _NAMESPACE,
        "KEDA_CLUSTER_OBJECT_NAMESPACE": _NAMESPACE,
        "KEDA_HTTP_DEFAULT_TIMEOUT": "3000",
        # Without it, a batch of Jobs has to be created within one polling interval.
        "KEDA_KUBERNETES_API_TIMEOUT": "30s",
    }
    return site.part(
        "keda",
        [site.tool("keda-operator"), *command],
        well(f"http://{node}:8081/readyz"),
        address=f"http://{node}:8080/metrics",
        environment=environment,
    )


def keda_definitions(site: Site) -> Path:
    """The directory of its custom resource definitions."""
    return Path(site.tool("keda-operator")).with_name("crds")


def _certificates(site: Site) -> Path:
    # The operator reads three files by these names, even when nobody calls its gRPC service.
    directory, pair = site.pki.directory / "keda-tls", site.pki.pair("keda")
    directory.mkdir(parents=True, exist_ok=True)
    for source, name in ((site.pki.ca, "ca.crt"), (pair.cert, "tls.crt"), (pair.key, "tls.key")):
        if source.exists():
            shutil.copyfile(source, directory / name)
    return directory

"""etcd, kube-apiserver, kube-controller-manager and kube-scheduler.

All of it listens on the node's address, but for etcd, which asks nobody for a password.
"""

from cluster.health import well
from cluster.layout import SERVICES
from cluster.part import Part
from cluster.site import Site, flags

_ISSUER = "https://kubernetes.default.svc.cluster.local"
_ETCD = "http://127.0.0.1:2379"
_ETCD_BYTES = 4 * 1024**3
# 20 requests a second, the default, would stretch a burst of 1,000 Jobs over minutes.
_QPS = {"kube_api_qps": 300, "kube_api_burst": 600}


def etcd(site: Site) -> Part:
    """The store. It doesn't wait for the disk: what it holds doesn't outlive the cluster anyway."""
    status = f"http://{site.addresses.node}:2381"
    options = flags(
        name="mcp-jobs",
        data_dir=site.home.state / "etcd",
        unsafe_no_fsync=True,
        listen_client_urls=_ETCD,
        advertise_client_urls=_ETCD,
        listen_peer_urls="http://127.0.0.1:2380",
        initial_advertise_peer_urls="http://127.0.0.1:2380",
        initial_cluster="mcp-jobs=http://127.0.0.1:2380",
        listen_metrics_urls=status,
        quota_backend_bytes=_ETCD_BYTES,
        auto_compaction_retention="10m",
        log_level="warn",
    )
    return site.part("etcd", [site.tool("etcd"), *options], well(f"{status}/readyz"))


def api_server(site: Site) -> Part:
    """The API server."""
    pki, node = site.pki, site.addresses.node
    server, kubelet = pki.pair("apiserver"), pki.pair("kubelet-client")
    accounts, front = pki.pair("service-accounts"), pki.front_ca.with_name("front-proxy.crt")
    options = flags(
        etcd_servers=_ETCD,
        bind_address=node,
        advertise_address=node,
        secure_port=6443,
        authorization_mode="Node,RBAC",
        enable_admission_plugins="NodeRestriction",
        allow_privileged=True,
        service_cluster_ip_range=SERVICES,
        client_ca_file=pki.ca,
        tls_cert_file=server.cert,
        tls_private_key_file=server.key,
        kubelet_client_certificate=kubelet.cert,
        kubelet_client_key=kubelet.key,
        kubelet_certificate_authority=pki.ca,
        kubelet_preferred_address_types="InternalIP",
        service_account_issuer=_ISSUER,
        service_account_signing_key_file=accounts.key,
        service_account_key_file=accounts.cert,
        requestheader_client_ca_file=pki.front_ca,
        requestheader_allowed_names="front-proxy",
        requestheader_extra_headers_prefix="X-Remote-Extra-",
        requestheader_group_headers="X-Remote-Group",
        requestheader_username_headers="X-Remote-User",
        proxy_client_cert_file=front,
        proxy_client_key_file=front.with_suffix(".key"),
        # Webhooks behind a Service are called at their pods, whatever kube-proxy does meanwhile.
        enable_aggregator_routing=True,
        event_ttl="30m",
    )
    url = site.addresses.api
    return site.part(
        "kube-apiserver", [site.tool("kube-apiserver"), *options], well(f"{url}/readyz"), address=url
    )


def controller_manager(site: Site) -> Part:
    """The controllers: Jobs, their TTL, garbage collection, service accounts."""
    name, pki = "kube-controller-manager", site.pki
    options = flags(
        **_client(site, "system:kube-controller-manager"),
        root_ca_file=pki.ca,
        client_ca_file=pki.ca,
        requestheader_client_ca_file=pki.front_ca,
        service_account_private_key_file=pki.pair("service-accounts").key,
        use_service_account_credentials=True,
        concurrent_job_syncs=10,
    )
    return site.part(name, [site.tool(name), *options], well(f"https://{site.addresses.node}:10257/healthz"))


def scheduler(site: Site) -> Part:
    """The scheduler."""
    name = "kube-scheduler"
    options = flags(**_client(site, "system:kube-scheduler"))
    return site.part(name, [site.tool(name), *options], well(f"https://{site.addresses.node}:10259/healthz"))


def _client(site: Site, user: str) -> dict[str, object]:
    kubeconfig = site.pki.kubeconfig(user)
    return {
        "kubeconfig": kubeconfig,
        "authentication_kubeconfig": kubeconfig,
        "authorization_kubeconfig": kubeconfig,
        "bind_address": site.addresses.node,
        "leader_elect": False,
        **_QPS,
    }

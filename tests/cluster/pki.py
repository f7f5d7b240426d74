"""A cluster's certificates and kubeconfigs, made anew with each cluster."""

import base64
import datetime
import json
from dataclasses import dataclass
from pathlib import Path

from cluster.layout import NODE, SERVICES, Addresses
from integration.kubernetes.certificates import Authority, Pair

_LASTS = datetime.timedelta(days=365)
_ADMINISTRATORS = "system:masters"
#: who talks to the API server, and the organization that gives them their permissions
USERS = {
    "admin": _ADMINISTRATORS,
    "kubelet-client": _ADMINISTRATORS,
    "system:kube-controller-manager": "",
    "system:kube-scheduler": "",
    "system:kube-proxy": "",
}


@dataclass(frozen=True)
class Pki:
    """The files in a directory, by what they are for."""

    directory: Path

    @property
    def ca(self) -> Path:
        """The authority's certificate."""
        return self.directory / "ca.crt"

    @property
    def front_ca(self) -> Path:
        """The authority of the API server's own requests to aggregated API servers."""
        return self.directory / "front-proxy" / "ca.crt"

    def pair(self, name: str) -> Pair:
        """The certificate and key of a server or user."""
        stem = self.directory / name.replace(":", "-")
        return Pair(stem.with_suffix(".crt"), stem.with_suffix(".key"))

    def kubeconfig(self, user: str) -> Path:
        """The kubeconfig of a user."""
        return self.directory / f"{user.replace(':', '-')}.kubeconfig"


def make_pki(pki: Pki, addresses: Addresses) -> None:
    """Make all of them."""
    authority = Authority(pki.directory, "mcp-jobs cluster", ends_in=_LASTS)
    kubernetes = [
        "kubernetes" + rest for rest in ("", ".default", ".default.svc", ".default.svc.cluster.local")
    ]
    names = {
        "apiserver": [*kubernetes, addresses.node, str(SERVICES[1])],
        "keda": ["keda-operator.keda.svc", addresses.node],
        "service-accounts": [],
    }
    for stem, found in names.items():
        authority.issue(stem, *found, common_name=stem, ends_in=_LASTS)
    kubelet = f"system:node:{NODE}"
    authority.issue(
        kubelet.replace(":", "-"),
        NODE,
        addresses.node,
        common_name=kubelet,
        organization="system:nodes",
        ends_in=_LASTS,
    )
    for user, organization in USERS.items():
        stem = user.replace(":", "-")
        authority.issue(stem, common_name=user, organization=organization, ends_in=_LASTS)
    front = Authority(pki.front_ca.parent, "mcp-jobs cluster front proxy", ends_in=_LASTS)
    front.issue("front-proxy", common_name="front-proxy", ends_in=_LASTS)
    for user in (kubelet, *USERS):
        pki.kubeconfig(user).write_text(kubeconfig(pki, user, addresses.api))
        pki.kubeconfig(user).chmod(0o600)


def kubeconfig(pki: Pki, user: str, server: str) -> str:
    """A kubeconfig with everything in it."""
    pair = pki.pair(user)
    cluster = {"server": server, "certificate-authority-data": _inline(pki.ca)}
    login = {"client-certificate-data": _inline(pair.cert), "client-key-data": _inline(pair.key)}
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "mcp-jobs", "cluster": cluster}],
            "users": [{"name": user, "user": login}],
            "contexts": [{"name": "mcp-jobs", "context": {"cluster": "mcp-jobs", "user": user}}],
            "current-context": "mcp-jobs",
        }
    )


def _inline(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()

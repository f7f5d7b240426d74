"""The helper's ServiceAccount as the chart makes it: Role, RoleBinding, and a token as a pod has one."""

from pathlib import Path

from chart.render import render
from integration.kubernetes.api import Api
from integration.kubernetes.control_plane import ControlPlane
from integration.kubernetes.objects import NAMESPACE, RELEASE, Object

ACCOUNT = f"{RELEASE}-admission"
USER = f"system:serviceaccount:{NAMESPACE}:{ACCOUNT}"

_ACCOUNTS = f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts"
_RBAC = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{NAMESPACE}"


def role() -> Object:
    """The helper's Role."""
    return render().one("Role")


def install_account(plane: ControlPlane) -> Path:
    """Create all of it; the kubeconfig of the account."""
    admin, chart = Api(plane.client()), render()
    admin.apply(_ACCOUNTS, chart.one("ServiceAccount", ACCOUNT))
    admin.apply(f"{_RBAC}/roles", role())
    admin.apply(f"{_RBAC}/rolebindings", chart.one("RoleBinding"))
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"audiences": []}}
    token = admin.apply(f"{_ACCOUNTS}/{ACCOUNT}/token", request)["status"]["token"]
    return plane.kubeconfig_of(ACCOUNT, {"token": token})

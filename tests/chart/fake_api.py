"""An API server that knows one Secret: enough for Helm's `lookup` and for the notes after an install."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml

_KINDS = {
    "v1": "ConfigMap Secret Service ServiceAccount Pod ResourceQuota",
    "apps/v1": "Deployment",
    "batch/v1": "Job",
    "policy/v1": "PodDisruptionBudget",
    "rbac.authorization.k8s.io/v1": "Role RoleBinding",
    "networking.k8s.io/v1": "NetworkPolicy",
    "admissionregistration.k8s.io/v1": "MutatingWebhookConfiguration ValidatingWebhookConfiguration",
    "keda.sh/v1alpha1": "ScaledJob TriggerAuthentication",
    "cert-manager.io/v1": "Certificate Issuer",
    "monitoring.coreos.com/v1": "PrometheusRule ServiceMonitor",
}


@contextmanager
def api_server(directory: Path, secret: dict[str, Any] | None = None) -> Iterator[Path]:
    """A kubeconfig for a server in whose only namespace there is that Secret."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(secret))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        kubeconfig = directory / "kubeconfig"
        kubeconfig.write_text(yaml.safe_dump(_kubeconfig(server.server_port)), encoding="utf-8")
        yield kubeconfig
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _kubeconfig(port: int) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "fake", "cluster": {"server": f"http://127.0.0.1:{port}"}}],
        "contexts": [{"name": "fake", "context": {"cluster": "fake", "user": ""}}],
        "current-context": "fake",
    }


def _handler(secret: dict[str, Any] | None) -> type[BaseHTTPRequestHandler]:
    answers = dict(_discovery())
    if secret:
        name = secret["metadata"]["name"]
        namespace = secret["metadata"]["namespace"]
        answers[f"/api/v1/namespaces/{namespace}/secrets/{name}"] = secret

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            found = answers.get(path)
            body = json.dumps(found or _NOT_FOUND).encode()
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler


_NOT_FOUND = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404}


def _discovery() -> Iterator[tuple[str, dict[str, Any]]]:
    yield "/version", {"major": "1", "minor": "34", "gitVersion": "v1.34.0"}
    yield "/api", {"kind": "APIVersions", "versions": ["v1"]}
    groups = [version for version in _KINDS if "/" in version]
    yield "/apis", {"kind": "APIGroupList", "apiVersion": "v1", "groups": [_group(name) for name in groups]}
    for version, kinds in _KINDS.items():
        path = f"/apis/{version}" if "/" in version else f"/api/{version}"
        resources = [_resource(kind) for kind in kinds.split()]
        yield path, {"kind": "APIResourceList", "groupVersion": version, "resources": resources}


def _group(version: str) -> dict[str, Any]:
    preferred = {"groupVersion": version, "version": version.partition("/")[2]}
    return {"name": version.partition("/")[0], "versions": [preferred], "preferredVersion": preferred}


def _resource(kind: str) -> dict[str, Any]:
    plural = kind.lower().removesuffix("y") + ("ies" if kind.endswith("y") else "s")
    return {
        "name": plural,
        "singularName": kind.lower(),
        "namespaced": "Webhook" not in kind,
        "kind": kind,
        "verbs": ["get", "list", "create", "update", "patch", "delete"],
    }

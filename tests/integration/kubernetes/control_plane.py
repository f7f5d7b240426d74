"""A real control plane on the loopback address: etcd and kube-apiserver, nothing that runs pods."""

import json
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from kubernetes import config
from kubernetes.client.api_client import ApiClient
from kubernetes.client.configuration import Configuration

from integration.kubernetes.certificates import Authority
from integration.kubernetes.tools import tools
from mcp_jobs.local.ports import LOOPBACK, free_ports
from mcp_jobs.local.process import Process

_START_SECONDS = 60.0
_STOP_SECONDS = 15.0
_AUDIT = """
apiVersion: audit.k8s.io/v1
kind: Policy
rules: [{level: Metadata, userGroups: ["system:serviceaccounts"]}, {level: None}]
"""


class ControlPlane:
    """One API server with its etcd. `authority` signs whatever tests let it trust."""

    def __init__(self, directory: Path, *extra_flags: str) -> None:
        """Start both, in a new directory, and wait until they answer."""
        self.directory = directory
        self.authority = Authority(directory / "pki")
        self._etcd_port, peer_port, self.port = free_ports(3)
        self.url = f"https://{LOOPBACK}:{self.port}"
        self._parts: list[Process] = []
        binaries = tools()
        try:
            self._start("etcd", [str(binaries["etcd"]), *self._etcd_flags(peer_port)])
            self._wait("etcd", self._etcd_answers)
            self._command = [str(binaries["kube-apiserver"]), *self._flags(), *extra_flags]
            self.kubeconfig = self.user("admin", "system:masters")
            self._start_api_server()
        except BaseException:
            self.stop()
            raise

    def user(self, name: str, group: str = "") -> Path:
        """A kubeconfig file of a user, who has a certificate."""
        pair = self.authority.issue(f"user-{name}", common_name=name, organization=group)
        return self.kubeconfig_of(name, {"client-certificate": str(pair.cert), "client-key": str(pair.key)})

    def kubeconfig_of(self, name: str, credentials: Mapping[str, str]) -> Path:
        """A kubeconfig file with these credentials."""
        cluster = {"server": self.url, "certificate-authority": str(self.authority.cert)}
        document = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "test", "cluster": cluster}],
            "users": [{"name": name, "user": dict(credentials)}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": name}}],
            "current-context": "test",
        }
        path = self.directory / f"{name}.kubeconfig"
        path.write_text(yaml.safe_dump(document), encoding="utf-8")
        return path

    def client(self, kubeconfig: Path | None = None) -> ApiClient:
        """A client for a user of this API server, the administrator unless told otherwise."""
        configuration = Configuration()
        config.load_kube_config(str(kubeconfig or self.kubeconfig), client_configuration=configuration)
        return ApiClient(configuration)

    def requests_of(self, user: str) -> Iterator[dict[str, Any]]:
        """What a user asked for and what the API server decided: its audit events."""
        with (self.directory / "audit.log").open(encoding="utf-8") as log:
            for event in map(json.loads, log):
                if event["user"]["username"] == user and event["stage"] != "RequestReceived":
                    yield event

    def restart_api_server(self) -> None:
        """Stop and start it, as an upgrade does: it forgets what watches could go on from."""
        self._parts.pop().stop(_STOP_SECONDS)
        self._start_api_server()

    def stop(self) -> None:
        """Stop both."""
        for part in reversed(self._parts):
            part.stop(_STOP_SECONDS)
        self._parts.clear()

    def log(self, name: str) -> str:
        """The last lines of a part's log."""
        lines = (self.directory / f"{name}.log").read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-20:])

    def _start_api_server(self) -> None:
        self._start("kube-apiserver", self._command)
        self._wait("kube-apiserver", self._ready)

    def _start(self, name: str, command: list[str]) -> None:
        self._parts.append(Process(command, log=self.directory / f"{name}.log", grace_seconds=1.0))

    def _wait(self, name: str, answers: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while not answers():
            if not self._parts[-1].running:
                raise RuntimeError(f"{name} ended:\n{self.log(name)}")
            if time.monotonic() > deadline:
                raise TimeoutError(f"{name} did not answer within {_START_SECONDS:g} s:\n{self.log(name)}")
            time.sleep(0.05)

    def _etcd_answers(self) -> bool:
        return _answers(f"http://{LOOPBACK}:{self._etcd_port}/health", None)

    def _ready(self) -> bool:
        trust = ssl.create_default_context(cafile=str(self.authority.cert))
        pair = self.directory / "pki" / "user-admin"
        trust.load_cert_chain(pair.with_suffix(".crt"), pair.with_suffix(".key"))
        return _answers(f"{self.url}/readyz", trust)

    def _etcd_flags(self, peer_port: int) -> list[str]:
        client, peer = f"http://{LOOPBACK}:{self._etcd_port}", f"http://{LOOPBACK}:{peer_port}"
        return [
            f"--data-dir={self.directory / 'etcd'}",
            f"--listen-client-urls={client}",
            f"--advertise-client-urls={client}",
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=default={peer}",
            "--unsafe-no-fsync",
        ]

    def _flags(self) -> list[str]:
        serving = self.authority.issue("apiserver", LOOPBACK, "kubernetes.default.svc", "localhost")
        accounts = self.authority.issue("service-accounts")
        policy = self.directory / "audit-policy.yaml"
        policy.write_text(_AUDIT, encoding="utf-8")
        return [
            f"--etcd-servers=http://{LOOPBACK}:{self._etcd_port}",
            f"--bind-address={LOOPBACK}",
            f"--advertise-address={LOOPBACK}",
            f"--secure-port={self.port}",
            "--endpoint-reconciler-type=none",
            f"--client-ca-file={self.authority.cert}",
            f"--tls-cert-file={serving.cert}",
            f"--tls-private-key-file={serving.key}",
            "--authorization-mode=RBAC",
            "--service-cluster-ip-range=10.96.0.0/16",
            "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
            f"--service-account-signing-key-file={accounts.key}",
            f"--service-account-key-file={accounts.cert}",
            f"--audit-policy-file={policy}",
            f"--audit-log-path={self.directory / 'audit.log'}",
            "--audit-log-mode=blocking",
            # its controller would have to make the account first, and none runs here
            "--disable-admission-plugins=ServiceAccount",
        ]


def _answers(url: str, trust: ssl.SSLContext | None) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2, context=trust) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False

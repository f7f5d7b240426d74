"""A namespace of its own for a release, with the programs that its pods run."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kubernetes.client import BatchV1Api, CoordinationV1Api, CoreV1Api
from kubernetes.client.exceptions import ApiException

from mcp_jobs.adapters.kubernetes.client import Cluster, connect

PROGRAMS = Path(__file__).with_name("programs")
#: seconds; pods are given their grace period
_GONE_SECONDS = 180

Object = dict[str, Any]


class Namespace:
    """One namespace; `core`, `batch` and `coordination` are the official client's APIs."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.cluster: Cluster = connect()
        client = self.cluster._api  # the same connections and credentials
        self.core, self.batch, self.coordination = (
            CoreV1Api(client),
            BatchV1Api(client),
            CoordinationV1Api(client),
        )

    def create(self, secrets: Mapping[str, Mapping[str, str]] | None = None) -> None:
        """Create it, with the programs as a ConfigMap, and Secrets: text by key, by name."""
        self.core.create_namespace({"metadata": {"name": self.name}})
        data = {path.name: path.read_text(encoding="utf-8") for path in PROGRAMS.glob("*.py")}
        self.core.create_namespaced_config_map(self.name, {"metadata": {"name": "programs"}, "data": data})
        for name, texts in (secrets or {}).items():
            body = {"metadata": {"name": name}, "stringData": dict(texts)}
            self.core.create_namespaced_secret(self.name, body)

    def exists(self) -> bool:
        """Whether it is there."""
        try:
            self.core.read_namespace(self.name)
        except ApiException as error:
            if error.status == 404:
                return False
            raise
        return True

    def delete(self, seconds: float = _GONE_SECONDS) -> None:
        """Delete it and all that is in it, and wait until it is gone."""
        self.core.delete_namespace(self.name)
        deadline = time.monotonic() + seconds
        while self.exists():
            if time.monotonic() > deadline:
                raise TimeoutError(f"the namespace {self.name} is still there after {seconds:g} s")
            time.sleep(0.5)

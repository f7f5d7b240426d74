"""The API server as tests use it: create, change and finish Jobs, and watch what is active."""

import json
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from kubernetes.client.api_client import ApiClient

from integration.kubernetes.objects import NAMESPACE, Object, job
from mcp_jobs.adapters.kubernetes.client import Cluster
from mcp_jobs.adapters.kubernetes.errors import ClusterError
from mcp_jobs.adapters.kubernetes.resource import Resource, jobs
from mcp_jobs.adapters.kubernetes.watch import events

JOBS = jobs(NAMESPACE)
SELECTOR = "mcp-jobs.io/managed=true"


class Refused(Exception):
    """Raised when the API server refuses; `warnings` are what it warned of."""


class Api:
    """One client. `create` and the like return the object, and remember the last answer's warnings."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client
        self.cluster = Cluster(client)
        self.warnings: list[str] = []

    def get(self, path: str) -> Object:
        """What is at a path."""
        return self._send("GET", path, None)

    def apply(self, path: str, body: Object | str) -> Object:
        """Create an object of any kind, given as such or as YAML."""
        return self._send("POST", path, body)

    def create(self, body: Object, *, dry_run: bool = False) -> Object:
        """Create a Job."""
        return self._send("POST", JOBS.path() + ("?dryRun=All" if dry_run else ""), body)

    def patch(self, name: str, body: Object, *, part: str = "") -> Object:
        """Merge a change into a Job, or into a part of it such as /status."""
        return self._send("PATCH", JOBS.path(name) + part, body)

    def finish(self, name: str) -> None:
        """Complete a Job, as its controller would."""
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        ended = {"status": "True", "reason": "CompletionsReached", "lastTransitionTime": now}
        status = {
            "startTime": now,
            "completionTime": now,
            "succeeded": 1,
            "ready": 0,
            "terminating": 0,
            "uncountedTerminatedPods": {},
            "conditions": [{"type": kind, **ended} for kind in ("SuccessCriteriaMet", "Complete")],
        }
        self.patch(name, {"status": status}, part="/status")

    def delete(self, path: str) -> None:
        """Delete an object of any kind."""
        self._send("DELETE", path, None)

    def remove_all(self, resource: Resource = JOBS) -> None:
        """Delete every object of a kind."""
        self._send("DELETE", f"{resource.path()}?propagationPolicy=Background", None)

    def admits(self) -> bool:
        """Whether both webhooks are in force and a leader decides."""
        return "no label" in self._told(job(workload="")) and "did not mark" not in self._told(job())

    def _told(self, body: Object) -> str:
        """What a Job is refused or warned with."""
        try:
            self.create(body, dry_run=True)
        except Refused as refusal:
            return str(refusal)
        return "\n".join(self.warnings)

    def _send(self, method: str, path: str, body: Mapping[str, Any] | str | None) -> Object:
        content = "application/merge-patch+json" if method == "PATCH" else "application/json"
        if isinstance(body, str):
            content = "application/yaml"
        request = self._client.param_serialize(
            method,
            path,
            header_params={"Accept": "application/json", "Content-Type": content},
            body=body,
            auth_settings=["BearerToken"],
        )
        response = self._client.call_api(*request, _request_timeout=30).response
        raw = response.read()
        self.warnings = response.headers.getlist("Warning")
        if response.status >= 300:
            raise Refused(json.loads(raw)["message"] if raw.startswith(b"{") else raw.decode())
        answer: Object = json.loads(raw)
        return answer


class ActiveWatch:
    """Counts active Jobs by the API server's own watch, from an empty namespace on."""

    def __init__(self, cluster: Cluster) -> None:
        page = next(cluster.pages(JOBS, labelSelector=SELECTOR))
        assert not page["items"]
        self._cluster = cluster
        self._version: str = page["metadata"]["resourceVersion"]
        self._active: set[str] = set()
        self._changed = threading.Condition()
        self.most = 0  #: active Jobs at any time
        self.started: list[str] = []  #: names, in order
        self._stopping = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def wait_for(self, started: int, seconds: float) -> list[str]:
        """The names of the first Jobs, once so many have started."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.started) >= started, seconds):
                raise TimeoutError(f"{len(self.started)} of {started} Jobs after {seconds:g} s")
            return list(self.started)

    def stop(self) -> None:
        """Take no further note."""
        self._stopping = True

    def _run(self) -> None:
        try:
            while not self._stopping:
                for event in events(self._cluster, JOBS, selector=SELECTOR, version=self._version):
                    self._version = event.version
                    if event.kind != "BOOKMARK" and not self._stopping:
                        self._take(event.kind, event.object)
        except ClusterError:
            if not self._stopping:  # after that, the API server may be gone
                raise

    def _take(self, kind: str, changed: Object) -> None:
        name = changed["metadata"]["name"]
        ended = {c["type"] for c in changed.get("status", {}).get("conditions", []) if c["status"] == "True"}
        active = (
            kind != "DELETED" and not ended & {"Complete", "Failed"} and not changed["spec"].get("suspend")
        )
        with self._changed:
            if active and name not in self._active:
                self._active.add(name)
                self.started.append(name)
            elif not active:
                self._active.discard(name)
            self.most = max(self.most, len(self._active))
            self._changed.notify_all()

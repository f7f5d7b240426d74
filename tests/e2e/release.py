"""A release of the chart in a namespace of its own."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Protocol

from e2e.gate import Gate
from e2e.helm import CHART, helm
from e2e.jobs import Jobs
from e2e.namespace import Namespace
from e2e.pods import Pods
from e2e.settings import Settings
from e2e.topic import Topic, delete_topics

NAME = "e2e"
Values = dict[str, Any]


class Release:
    """`helm upgrade --install` and what came of it: `jobs` and `pods`, watched from before the install."""

    def __init__(self, namespace: Namespace, settings: Settings, values: Mapping[str, Any]) -> None:
        self.namespace = namespace
        self.values = merged(_common(settings), values)
        for name, workload in self.values["workloads"].items():
            workload["topic"] = f"{namespace.name}.{name}"
        self.brokers = settings.brokers_local
        self.gate = Gate(namespace, settings)
        self.jobs, self.pods = Jobs(namespace), Pods(namespace)
        self._config = {"bootstrap_servers": settings.brokers_local.split(",")}
        self._topics: dict[str, Topic] = {}

    def upgrade(self, values: Mapping[str, Any] | None = None) -> None:
        """Install, or change values."""
        self.values = merged(self.values, values or {})
        helm(
            "upgrade", "--install", NAME, CHART, "--namespace", self.namespace.name,
            "--wait", "--timeout", "10m", values=self.values,
        )  # fmt: skip

    def uninstall(self) -> None:
        """Uninstall what there is, and wait until the objects are gone."""
        helm(
            "uninstall", NAME, "--namespace", self.namespace.name,
            "--ignore-not-found", "--wait", "--timeout", "5m",
        )  # fmt: skip

    def topic(self, workload: str) -> Topic:
        """The topics of a workload."""
        if workload not in self._topics:
            self._topics[workload] = Topic(self._config, self.values["workloads"][workload]["topic"])
        return self._topics[workload]

    def leader(self) -> str:
        """The name of the helper's pod that leads."""
        leases = self.namespace.coordination.list_namespaced_lease(self.namespace.name).items
        [holder] = [lease.spec.holder_identity for lease in leases]
        return str(holder).rpartition("_")[0]

    def metric(self, name: str, **labels: str) -> float:
        """The sum of a metric's samples with these labels, as the leader shows them."""
        page: str = self.namespace.core.connect_get_namespaced_pod_proxy_with_path(
            f"{self.leader()}:9090", self.namespace.name, "metrics", _request_timeout=30
        )
        wanted = [f'{label}="{value}"' for label, value in labels.items()]
        lines = [line for line in page.splitlines() if line.startswith((f"{name}{{", f"{name} "))]
        return sum(float(line.rpartition(" ")[2]) for line in lines if all(each in line for each in wanted))

    def close(self) -> None:
        """Stop watching, and delete the topics: nothing is to stay behind in a Kafka that is somebody's."""
        self.jobs.stop()
        self.pods.stop()
        delete_topics(self._config, [workload["topic"] for workload in self.values["workloads"].values()])
        for topic in self._topics.values():
            topic.close()


class Install(Protocol):
    """Install the chart into a namespace of its own, in which these Secrets are: text by key, by name."""

    def __call__(
        self, values: Mapping[str, Any], secrets: Mapping[str, Mapping[str, str]] | None = None
    ) -> Release:
        """Return the release once it is installed."""


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> Values:
    """`above` over `below`, maps recursively, as Helm merges values."""
    result = deepcopy(dict(below))
    for key, value in above.items():
        old = result.get(key)
        result[key] = merged(old, value) if isinstance(old, dict) and isinstance(value, Mapping) else value
    return result


def _common(settings: Settings) -> Values:
    """Small pods, short polls, long deadlines: many at once on a small and busy machine."""
    return {
        "kafka": {"brokers": settings.brokers},
        "image": {"repository": settings.repository, "tag": settings.tag, "pullPolicy": "IfNotPresent"},
        "init": {"createTopics": True, "partitions": 3, "resources": {"requests": {"cpu": "10m"}}},
        "workloads": {"default": {"topic": ""}},
        "defaults": {
            "scaling": {"pollingInterval": 2, "maxReplicaCount": 20},
            "job": {"ttlSecondsAfterFinished": 1800},
            "pod": {"terminationGracePeriodSeconds": 5},
            "runner": {
                "claimTimeoutSeconds": 600,
                "serverStartTimeoutSeconds": 300,
                "callTimeoutSeconds": 900,
                "allow": {"commands": ["mcp-server-time --local-timezone UTC", "python /programs/*.py"]},
                "extraVolumes": [{"name": "programs", "configMap": {"name": "programs"}}],
                "extraVolumeMounts": [{"name": "programs", "mountPath": "/programs"}],
                "resources": _resources("384Mi"),
                "claimResources": _resources("192Mi"),
            },
        },
        "admission": {"sweepSeconds": 3, "resources": {"requests": {"cpu": "10m"}}},
    }


def _resources(memory: str) -> Values:
    return {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"cpu": "2", "memory": memory}}

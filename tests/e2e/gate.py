"""The gate's pod (programs/gate.py), as a test uses it: through the API server, wherever the cluster is."""

import time

from e2e.namespace import Namespace
from e2e.pods import Pods, is_ready
from e2e.settings import Settings
from e2e.watched import Object

_PORT = 8080


class Gate:
    """Messages wait at it (messages.calling("wait", gate=gate.address, name=...)) until `open`."""

    def __init__(self, namespace: Namespace, settings: Settings) -> None:
        self._namespace = namespace
        namespace.core.create_namespaced_pod(namespace.name, _pod(f"{settings.repository}:{settings.tag}"))
        with Pods(namespace) as pods:
            [pod] = pods.wait(lambda: [p for p in pods.there() if _is_gate(p)], 600, "the gate is ready")
        self.address = f"{pod['status']['podIP']}:{_PORT}"

    def open(self, name: str) -> None:
        """Let all go on who wait for this name, and all who come."""
        self._ask(f"open/{name}")

    def wait_for(self, name: str, count: int, seconds: float) -> None:
        """Return once so many wait. Raises TimeoutError."""
        deadline = time.monotonic() + seconds
        while (waiting := int(self._ask(f"waiting/{name}"))) < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{waiting} of {count} wait at the gate {name} after {seconds:g} s")
            time.sleep(0.5)

    def _ask(self, question: str) -> str:
        answer: str = self._namespace.core.connect_get_namespaced_pod_proxy_with_path(
            f"gate:{_PORT}", self._namespace.name, question, _request_timeout=30
        )
        return answer


def _is_gate(pod: Object) -> bool:
    return pod["metadata"]["name"] == "gate" and is_ready(pod)


def _pod(image: str) -> dict[str, object]:
    return {
        "metadata": {"name": "gate"},
        "spec": {
            "automountServiceAccountToken": False,
            "terminationGracePeriodSeconds": 0,
            "securityContext": {"runAsNonRoot": True, "runAsUser": 10001},
            "containers": [
                {
                    "name": "gate",
                    "image": image,
                    "command": ["python", "/programs/gate.py"],
                    "readinessProbe": {"tcpSocket": {"port": _PORT}, "periodSeconds": 1},
                    "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}},
                    "volumeMounts": [{"name": "programs", "mountPath": "/programs"}],
                }
            ],
            "volumes": [{"name": "programs", "configMap": {"name": "programs"}}],
        },
    }

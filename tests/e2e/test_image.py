"""The image, in a pod as the chart makes them: a root file system that nobody can write to."""

from collections.abc import Iterator

import pytest

from e2e.namespace import Namespace
from e2e.pods import Pods
from e2e.settings import Settings

POD = "image"
SECONDS = 120
#: prints the modules that Python had to compile
COMPILED_AT_START = """
import os, sys
import mcp_jobs.entrypoints.admission, mcp_jobs.entrypoints.admission_reconciler
import mcp_jobs.entrypoints.runner, mcp_jobs.entrypoints.servers, mcp_jobs.entrypoints.work
import mcp_jobs.adapters.mcp.group, mcp_jobs.adapters.mcp.remote
assert "asyncio" in sys.modules
cached = {name: getattr(module, "__cached__", None) for name, module in sys.modules.items()}
print(*(name for name, path in cached.items() if path and not os.path.exists(path)))
"""


@pytest.fixture
def namespace(stem: str) -> Iterator[Namespace]:
    """A namespace without a release."""
    namespace = Namespace(f"{stem}-image")
    namespace.create()
    yield namespace
    namespace.delete()


def printed(program: str, namespace: Namespace, settings: Settings) -> str:
    """What a Python program prints in the image."""
    container = {
        "name": "python",
        "image": f"{settings.repository}:{settings.tag}",
        "command": ["python", "-c", program],
        "securityContext": {"readOnlyRootFilesystem": True},
    }
    pod = {"metadata": {"name": POD}, "spec": {"restartPolicy": "Never", "containers": [container]}}
    with Pods(namespace) as pods:
        namespace.core.create_namespaced_pod(namespace.name, pod)
        [ended] = pods.wait(
            lambda: [pod for pod in pods.there() if pod["status"].get("phase") in ("Succeeded", "Failed")],
            SECONDS,
            "the program ends",
        )
    log: str = namespace.core.read_namespaced_pod_log(POD, namespace.name)
    assert ended["status"]["phase"] == "Succeeded", log
    return log


def test_nothing_is_compiled_when_a_pod_starts(namespace: Namespace, settings: Settings) -> None:
    assert printed(COMPILED_AT_START, namespace, settings).split() == []

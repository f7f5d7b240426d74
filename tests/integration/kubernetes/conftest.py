"""One real API server for all tests in here, built first where it has to be; helpers and webhooks by test."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

from integration.kubernetes.api import Api
from integration.kubernetes.control_plane import ControlPlane
from integration.kubernetes.objects import NAMESPACE, namespace, role_binding, role_of_the_chart, webhooks
from integration.kubernetes.relay import Relay
from integration.kubernetes.replica import Replica
from integration.kubernetes.tools import ToolsMissing, tools
from mcp_jobs.adapters.kubernetes.resource import leases

StartReplicas = Callable[..., list[Replica]]

_RBAC = "/apis/rbac.authorization.k8s.io/v1/namespaces/" + NAMESPACE
_REGISTRATION = "/apis/admissionregistration.k8s.io/v1"
_CONFIGURATIONS = (
    ("MutatingWebhookConfiguration", "/mutate", ["CREATE"]),
    ("ValidatingWebhookConfiguration", "/validate", ["CREATE", "UPDATE"]),
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Build the control plane where that is due: no test's deadline is to pay for the minutes it takes."""
    needed = any("control_plane" in getattr(item, "fixturenames", ()) for item in items)
    if not needed or config.option.collectonly:
        return
    capture = config.pluginmanager.getplugin("capturemanager")
    with ExitStack() as stack:
        if capture:
            stack.enter_context(capture.global_and_fixture_disabled())
        with suppress(ToolsMissing):  # the fixture tells, in the tests that need it
            tools()


@pytest.fixture(scope="session")
def control_plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """The API server that all tests share. Nothing that runs pods is behind it: Jobs stay as they are."""
    plane = ControlPlane(tmp_path_factory.mktemp("control-plane"))
    try:
        admin = Api(plane.client())
        admin.apply("/api/v1/namespaces", namespace(NAMESPACE))
        admin.apply(f"{_RBAC}/roles", role_of_the_chart())
        admin.apply(f"{_RBAC}/rolebindings", role_binding("helper"))
        yield plane
    finally:
        plane.stop()


@pytest.fixture(scope="session")
def helper_kubeconfig(control_plane: ControlPlane) -> Path:
    """A user with the chart's Role and nothing else."""
    return control_plane.user("helper")


@pytest.fixture
def make_api(control_plane: ControlPlane) -> Callable[[], Api]:
    """A factory of administrators, for threads of their own."""
    return lambda: Api(control_plane.client())


@pytest.fixture
def api(make_api: Callable[[], Api]) -> Iterator[Api]:
    """The administrator, in a namespace without Jobs before and after."""
    api = make_api()
    api.remove_all()
    yield api
    api.remove_all()


@pytest.fixture
def start_replicas(
    control_plane: ControlPlane, helper_kubeconfig: Path, api: Api, tmp_path: Path
) -> Iterator[StartReplicas]:
    """A factory of helpers: `start_replicas(policy, count)` returns them once one leads and admits."""
    with ExitStack() as stack:

        def start(policy: Mapping[str, Any], count: int = 1) -> list[Replica]:
            replicas = []
            for number in range(count):
                replica = Replica(
                    tmp_path, f"helper-{number}", helper_kubeconfig, control_plane.authority, policy
                )
                stack.callback(replica.stop)
                replicas.append(replica)
            for replica in replicas:
                replica.wait_until_ready()
            relay = Relay(replica.port for replica in replicas)
            stack.callback(relay.close)
            register(api, control_plane, relay.port, stack)
            replicas[0].wait_until("admission", api.admits)
            return replicas

        stack.callback(api.remove_all, leases(NAMESPACE))
        yield start


def register(api: Api, control_plane: ControlPlane, port: int, stack: ExitStack) -> None:
    """Register both webhooks at a port, until the stack is closed."""
    for kind, path, operations in _CONFIGURATIONS:
        collection = f"{_REGISTRATION}/{kind.lower()}s"
        api.apply(collection, webhooks(kind, path, operations, port, control_plane.authority.cert))
        stack.callback(api.delete, f"{collection}/mcp-jobs")

"""What integration tests share: one real Kafka with topics for each of them, one real API server."""

import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Protocol

import pytest
from kafka import KafkaAdminClient

from integration.kubernetes.account import install_account
from integration.kubernetes.api import Api
from integration.kubernetes.control_plane import ControlPlane
from integration.kubernetes.crds import definitions
from integration.kubernetes.kinds import Kinds
from integration.kubernetes.objects import NAMESPACE, namespace
from integration.kubernetes.tools import ToolsMissing, built, tools
from mcp_jobs.adapters.kubernetes.client import Cluster
from mcp_jobs.local.broker import Broker
from mcp_jobs.local.options import BrokerOptions

# Compaction within a second instead of a minute: holes in a topic are something tests wait for.
CLEANER = {"log.cleaner.backoff.ms": "200", "log.initial.task.delay.ms": "200"}


class MakeTopic(Protocol):
    """Create a topic with a name of its own and return the name. Configs: `cleanup_policy="compact"`."""

    def __call__(self, partitions: int = 3, **configs: str | int) -> str:
        """Return the new topic's name."""


@pytest.fixture(scope="session")
def kafka() -> Iterator[Broker]:
    """The Kafka that all tests share: transactions that timed out end within a second. Don't stop it."""
    with Broker(BrokerOptions(transaction_cleanup_ms=1_000, properties=CLEANER)) as broker:
        yield broker


@pytest.fixture(scope="session")
def admin(kafka: Broker) -> Iterator[KafkaAdminClient]:
    """A client that administers the shared Kafka."""
    client = KafkaAdminClient(bootstrap_servers=kafka.bootstrap_servers)
    yield client
    client.close()


@pytest.fixture
def make_topic(admin: KafkaAdminClient, request: pytest.FixtureRequest) -> MakeTopic:
    """A factory of topics, which are there and have leaders when it returns."""
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", request.node.name)[:100]

    def make(partitions: int = 3, **configs: str | int) -> str:
        name = f"{stem}-{uuid.uuid4().hex[:8]}"
        settings = {key.replace("_", "."): str(value) for key, value in configs.items()}
        topic = {"num_partitions": partitions, "replication_factor": 1, "configs": settings}
        admin.create_topics({name: topic}, wait_for_metadata=True)
        return name

    return make


#: what a fixture takes minutes to build, once on a machine
_BUILT: dict[str, Callable[[], object]] = {
    "control_plane": tools,
    "collector": lambda: built("otelcol"),
}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Build others' programs where that is due: no test's deadline is to pay for the minutes it takes."""
    fixtures = {name for item in items for name in getattr(item, "fixturenames", ())}
    needed = [make for name, make in _BUILT.items() if name in fixtures]
    if not needed or config.option.collectonly:
        return
    capture = config.pluginmanager.getplugin("capturemanager")
    with ExitStack() as stack:
        if capture:
            stack.enter_context(capture.global_and_fixture_disabled())
        for make in needed:
            with suppress(ToolsMissing):  # the fixture tells, in the tests that need it
                make()


@pytest.fixture(scope="session")
def control_plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """The API server that all tests share. Nothing that runs pods is behind it: Jobs stay as they are."""
    plane = ControlPlane(tmp_path_factory.mktemp("control-plane"))
    try:
        Api(plane.client()).apply("/api/v1/namespaces", namespace(NAMESPACE))
        yield plane
    finally:
        plane.stop()


@pytest.fixture(scope="session")
def kinds(control_plane: ControlPlane) -> Kinds:
    """What the API server knows: Kubernetes' own kinds, and those the chart may use besides."""
    kinds = Kinds(Api(control_plane.client()))
    for definition in definitions():
        kinds.define(definition)
    return kinds


@pytest.fixture(scope="session")
def helper_kubeconfig(control_plane: ControlPlane) -> Path:
    """The chart's ServiceAccount with the chart's Role and nothing else."""
    return install_account(control_plane)


@pytest.fixture
def helper_cluster(control_plane: ControlPlane, helper_kubeconfig: Path) -> Iterator[Cluster]:
    """The API server as the helper's pods reach it."""
    cluster = Cluster(control_plane.client(helper_kubeconfig))
    yield cluster
    cluster.close()


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

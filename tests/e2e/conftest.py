"""Releases of the chart in a real cluster. `scripts/e2e` says where that is; without it every test fails."""

import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import pytest

from cluster.cluster import Cluster
from e2e.namespace import Namespace
from e2e.own_cluster import NAME
from e2e.release import Install, Release
from e2e.settings import Settings, read_settings


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A slow machine may need minutes where a fast one needs seconds."""
    for item in items:
        if "/e2e/" in str(item.path) and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(3600))


@pytest.fixture(scope="session")
def settings() -> Settings:
    """Which cluster, Kafka and image."""
    return read_settings()


@pytest.fixture(scope="session")
def stem() -> str:
    """What the names of this run's namespaces and topics start with."""
    return f"e2e-{uuid.uuid4().hex[:6]}"


@pytest.fixture(scope="module")
def install(settings: Settings, stem: str, request: pytest.FixtureRequest) -> Iterator[Install]:
    """A factory of releases, each in a namespace of its own; all is gone when the module is done."""
    module = request.module.__name__.rpartition("test_")[2].replace("_", "-")
    with ExitStack() as stack:

        def make(
            values: Mapping[str, Any], secrets: Mapping[str, Mapping[str, str]] | None = None
        ) -> Release:
            namespace = Namespace(f"{stem}-{module}")
            namespace.create(secrets or {})
            stack.callback(namespace.delete)
            release = Release(namespace, settings, values)
            stack.callback(release.close)
            stack.callback(release.uninstall)
            release.upgrade()
            return release

        yield make


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """The cluster that scripts/e2e made, for tests that kill parts of it; all of it runs again afterwards."""
    cluster = Cluster.running(NAME)
    yield cluster
    for part in cluster.parts.values():
        part.start()
        part.wait()

"""A collector, and what else a trace goes through."""

from collections.abc import Iterator

import pytest

from integration.claim.conftest import make_workload
from integration.kubernetes.tools import built
from integration.reconciler.conftest import make_helper
from integration.tracing.collector import Collector, running

__all__ = ["make_helper", "make_workload"]


@pytest.fixture
def collector() -> Iterator[Collector]:
    """A collector of the test's own."""
    with running(built("otelcol")["otelcol"]) as found:
        yield found

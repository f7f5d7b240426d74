"""Reconcilers on the shared Kafka."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from integration.claim.conftest import MakeWorkload, make_workload
from integration.kubernetes.api import Api
from integration.kubernetes.objects import NAMESPACE, RELEASE
from integration.reconciler.helper import Helper
from mcp_jobs.adapters.kubernetes.resource import config_maps

__all__ = ["make_workload"]

MakeHelper = Callable[..., Helper]


@pytest.fixture
def checkpoint(api: Api) -> Iterator[str]:
    """The name of the ConfigMap that the Role allows. Afterwards there is none."""
    yield f"{RELEASE}-checkpoint"
    api.remove_all(config_maps(NAMESPACE))


@pytest.fixture
def make_helper(make_workload: MakeWorkload) -> MakeHelper:
    """A factory of a topic and its reconciler; options are those of Helper."""

    def make(partitions: int = 1, **options: Any) -> Helper:
        return Helper(make_workload(partitions), **options)

    return make

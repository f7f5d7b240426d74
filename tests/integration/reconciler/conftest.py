"""Reconcilers on the shared Kafka."""

from collections.abc import Callable
from typing import Any

import pytest

from integration.claim.conftest import MakeWorkload, make_workload
from integration.kubernetes.conftest import api, control_plane, make_api, pytest_collection_modifyitems
from integration.reconciler.helper import Helper

__all__ = ["api", "control_plane", "make_api", "make_workload", "pytest_collection_modifyitems"]

MakeHelper = Callable[..., Helper]


@pytest.fixture
def make_helper(make_workload: MakeWorkload) -> MakeHelper:
    """A factory of a topic and its reconciler; options are those of Helper."""

    def make(partitions: int = 1, **options: Any) -> Helper:
        return Helper(make_workload(partitions), **options)

    return make

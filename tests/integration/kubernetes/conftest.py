"""Helpers and their webhooks, by test."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from integration.kubernetes.api import Api
from integration.kubernetes.control_plane import ControlPlane
from integration.kubernetes.replica import Replica
from integration.kubernetes.replicas import Starter

StartReplicas = Callable[..., list[Replica]]


@pytest.fixture
def start_replicas(
    control_plane: ControlPlane, helper_kubeconfig: Path, api: Api, tmp_path: Path
) -> Iterator[StartReplicas]:
    """A factory of helpers: `start_replicas(policy, count)`, see Starter.start."""
    with ExitStack() as stack:
        yield Starter(control_plane, api, helper_kubeconfig, tmp_path, stack).start

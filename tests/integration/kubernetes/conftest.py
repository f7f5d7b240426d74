"""Helpers and their webhooks, by test."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml

from integration.kubernetes.api import Api
from integration.kubernetes.control_plane import ControlPlane
from integration.kubernetes.objects import NAMESPACE, webhook
from integration.kubernetes.relay import Relay
from integration.kubernetes.replica import Replica
from mcp_jobs.adapters.kubernetes.resource import leases

StartReplicas = Callable[..., list[Replica]]
Variables = Callable[[int], Mapping[str, str]]

_REGISTRATION = "/apis/admissionregistration.k8s.io/v1"
_CONFIGURATIONS = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")


@pytest.fixture
def start_replicas(
    control_plane: ControlPlane, helper_kubeconfig: Path, api: Api, tmp_path: Path
) -> Iterator[StartReplicas]:
    """A factory of helpers: `start_replicas(policy, count)` returns them once one leads and admits.

    With Kafka's `brokers` they reconcile the workloads; `variables` are asked for by a replica's number.
    """
    with ExitStack() as stack:

        def start(
            policy: Mapping[str, Any],
            count: int = 1,
            *,
            brokers: str = "",
            workloads: Sequence[Mapping[str, Any]] = (),
            variables: Variables = lambda _: {},
        ) -> list[Replica]:
            replicas = []
            for number in range(count):
                directory = tmp_path / f"helper-{number}"
                directory.mkdir()
                (directory / "workloads.yaml").write_text(yaml.safe_dump(list(workloads)), encoding="utf-8")
                replica = Replica(
                    directory,
                    helper_kubeconfig,
                    control_plane.authority,
                    policy,
                    brokers=brokers,
                    variables=variables(number),
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
    for kind in _CONFIGURATIONS:
        collection = f"{_REGISTRATION}/{kind.lower()}s"
        created = api.apply(collection, webhook(kind, port, control_plane.authority.cert))
        stack.callback(api.delete, f"{collection}/{created['metadata']['name']}")

"""Helpers and their webhooks, started together."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from integration.kubernetes.api import Api
from integration.kubernetes.control_plane import ControlPlane
from integration.kubernetes.objects import NAMESPACE, webhook
from integration.kubernetes.relay import Relay
from integration.kubernetes.replica import Replica
from mcp_jobs.adapters.kubernetes.resource import config_maps, leases

Variables = Callable[[int], Mapping[str, str]]

_REGISTRATION = "/apis/admissionregistration.k8s.io/v1"
_CONFIGURATIONS = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")


@dataclass(frozen=True)
class Starter:
    """Starts helpers, each in a directory of its own below `directory`. All ends with `stack`.

    What they have written goes with them: leases, and the checkpoints of their workloads.
    """

    control_plane: ControlPlane
    api: Api
    kubeconfig: Path
    directory: Path
    stack: ExitStack

    def start(
        self,
        policy: Mapping[str, Any],
        count: int = 1,
        *,
        brokers: str = "",
        workloads: Sequence[Mapping[str, Any]] = (),
        variables: Variables = lambda _: {},
    ) -> list[Replica]:
        """So many, once one leads and admits.

        With Kafka's `brokers` they reconcile the workloads; `variables` are asked for by a replica's number.
        """
        for written in (leases, config_maps):
            self.stack.callback(self.api.remove_all, written(NAMESPACE))
        replicas = []
        for number in range(count):
            directory = self.directory / f"helper-{number}"
            directory.mkdir()
            (directory / "workloads.yaml").write_text(yaml.safe_dump(list(workloads)), encoding="utf-8")
            replica = Replica(
                directory,
                self.kubeconfig,
                self.control_plane.authority,
                policy,
                brokers=brokers,
                variables=variables(number),
            )
            self.stack.callback(replica.stop)
            replicas.append(replica)
        for replica in replicas:
            replica.wait_until_ready()
        self._register(replicas)
        replicas[0].wait_until("admission", self.api.admits)
        return replicas

    def _register(self, replicas: Sequence[Replica]) -> None:
        relay = Relay(replica.port for replica in replicas)
        self.stack.callback(relay.close)
        for kind in _CONFIGURATIONS:
            collection = f"{_REGISTRATION}/{kind.lower()}s"
            created = self.api.apply(collection, webhook(kind, relay.port, self.control_plane.authority.cert))
            self.stack.callback(self.api.delete, f"{collection}/{created['metadata']['name']}")

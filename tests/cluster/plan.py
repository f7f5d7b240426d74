"""The choices a cluster was brought up with, kept beside it: restarts and other commands use them again."""

import json
from dataclasses import asdict, dataclass, field
from ipaddress import IPv4Network
from typing import Self

from cluster.errors import ClusterError
from cluster.layout import Addresses, Home


@dataclass(frozen=True, kw_only=True)
class Kafka:
    """What can be chosen about Kafka. `cluster_id` is made at the start.

    `listeners`: more of them beside the one in plain text, each a name and its security protocol.
    `properties`: lines of every broker's server.properties, which win over ours.
    """

    brokers: int = 1
    listeners: dict[str, str] = field(default_factory=dict)
    properties: dict[str, str] = field(default_factory=dict)
    cluster_id: str = ""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A cluster of our own: its pods' subnet, its Kafka, how many fake nodes, and where its binaries are."""

    pods: str
    kafka: Kafka
    tools: dict[str, str]
    fake_nodes: int = 0

    @property
    def addresses(self) -> Addresses:
        """The addresses in its subnet."""
        return Addresses(IPv4Network(self.pods))

    def write(self, home: Home) -> None:
        """Keep it."""
        home.directory.mkdir(parents=True, exist_ok=True)
        home.plan.write_text(json.dumps(asdict(self), indent=1))

    @classmethod
    def read(cls, home: Home) -> Self:
        """The plan of a cluster.

        Raises:
            ClusterError: There is none.
        """
        try:
            found = json.loads(home.plan.read_text())
            return cls(**{**found, "kafka": Kafka(**found["kafka"])})
        except (FileNotFoundError, KeyError):
            raise ClusterError(f"No cluster {home.name} is up: scripts/cluster up.") from None

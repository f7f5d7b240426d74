"""Which cluster, Kafka and image the tests use. They don't care whose these are."""

import os
from dataclasses import dataclass

_MEANINGS = {
    "KUBECONFIG": "the cluster, with KEDA in it",
    "KAFKA_BROKERS": "Kafka as pods reach it",
    "IMAGE": "repository:tag, where the cluster's nodes have it or can pull it",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """What the environment says. `brokers` is for pods, `brokers_local` (KAFKA_BROKERS_LOCAL) for tests."""

    brokers: str
    brokers_local: str
    repository: str
    tag: str


def read_settings() -> Settings:
    """Raises RuntimeError, which names every variable that is missing."""
    missing = [f"{name} ({meaning})" for name, meaning in _MEANINGS.items() if not os.environ.get(name)]
    if missing:
        raise RuntimeError(f"not set: {', '.join(missing)}. `scripts/e2e` sets them")
    repository, _, tag = os.environ["IMAGE"].rpartition(":")
    return Settings(
        brokers=os.environ["KAFKA_BROKERS"],
        brokers_local=os.environ.get("KAFKA_BROKERS_LOCAL") or os.environ["KAFKA_BROKERS"],
        repository=repository,
        tag=tag,
    )

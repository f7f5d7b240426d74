"""What the admission helper's policy caps, and how much of it is used."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from mcp_jobs.adapters.kubernetes.resource import config_maps
from mcp_jobs.core.cap import Owner
from mcp_jobs.core.policy import Policy, PolicyError, ScopeKind, parse_policy
from mcp_jobs.entrypoints.operator.desk import Desk
from mcp_jobs.reconciler.workload import Workload, read_workloads

_WORDS: dict[ScopeKind, str] = {"global": "the release", "tenant": "tenant", "workload": "workload"}
#: the label of everything that belongs to the helper
_OF_HELPER = "app.kubernetes.io/component=admission"
_POLICY, _WORKLOADS = "policy.yaml", "workloads.yaml"


@dataclass(frozen=True, slots=True)
class Usage:
    """A cap, and the active Jobs that count for it."""

    scope: ScopeKind
    name: str
    active: int
    cap: int

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return {"scope": self.scope, "name": self.name or None, "active": self.active, "cap": self.cap}

    def __str__(self) -> str:
        return " ".join(filter(None, (_WORDS[self.scope], self.name)))


@dataclass(frozen=True, slots=True)
class Rules:
    """The helper's policy, what it knows of this workload, and all that it has."""

    policy: Policy
    workload: Workload
    workloads: tuple[Workload, ...]

    def usage(self, active: Mapping[Owner, int]) -> list[Usage]:
        """The caps that a Job of this workload counts for. `active`: those of the whole namespace."""
        return list(self._usage(active))

    def _usage(self, active: Mapping[Owner, int]) -> Iterator[Usage]:
        mine = Owner(self.workload.name, self.workload.tenant)
        for scope in mine.scopes:
            cap = self.policy.caps.of(*scope)
            if cap is not None:
                used = sum(count for owner, count in active.items() if scope in owner.scopes)
                yield Usage(*scope, used, cap)


def rules(desk: Desk) -> Rules | None:
    """What the helper that has this workload goes by; None where no helper has it.

    Raises ClusterError, PolicyError, WorkloadsError.
    """
    for data in _policies(desk):
        workloads = read_workloads(_tree(data, _WORKLOADS) or [], cluster="", namespace=desk.namespace)
        for workload in workloads:
            if (workload.topics.messages, workload.group) == (desk.topics.messages, desk.group):
                return Rules(parse_policy(_tree(data, _POLICY)), workload, workloads)
    return None


def _policies(desk: Desk) -> Iterator[Mapping[str, str]]:
    """The ConfigMaps of the helpers in the namespace."""
    for page in desk.cluster.pages(config_maps(desk.namespace), labelSelector=_OF_HELPER):
        for item in page["items"]:
            data = item.get("data") or {}
            if _POLICY in data and _WORKLOADS in data:
                yield data


def _tree(data: Mapping[str, str], key: str) -> Any:
    try:
        return yaml.safe_load(data[key])
    except yaml.YAMLError as error:
        raise PolicyError(
            f"{key} of the helper's ConfigMap is no YAML: {' '.join(str(error).split())}"
        ) from None

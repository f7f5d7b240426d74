"""The workloads as the chart lists them for the helper."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mcp_jobs.core.entry import Scope
from mcp_jobs.core.errors import McpJobsError
from mcp_jobs.core.names import Topics


class WorkloadsError(McpJobsError):
    """Raised when the list of workloads is not one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Workload:
    """One topic with its group. `scope` is what its claims carry."""

    name: str
    topics: Topics
    group: str
    scope: Scope
    tenant: str = ""
    max_attempts: int = 3


def read_workloads(tree: Any, *, cluster: str, namespace: str) -> tuple[Workload, ...]:
    """The workloads in a YAML tree (a list). Raises WorkloadsError."""
    if not isinstance(tree, list):
        raise WorkloadsError(f"the workloads: expected a list, found {type(tree).__name__}")
    return tuple(_read(index, item, cluster, namespace) for index, item in enumerate(tree))


def _read(index: int, item: Any, cluster: str, namespace: str) -> Workload:
    if not isinstance(item, Mapping):
        raise WorkloadsError(f"workload {index}: expected a map, found {type(item).__name__}")
    try:
        name = str(item["name"])
        topic = str(item["topic"])
        return Workload(
            name=name,
            topics=Topics(
                topic,
                str(item.get("outcomesTopic") or f"{topic}.outcomes"),
                str(item.get("deadLettersTopic") or f"{topic}.dead-letters"),
            ),
            group=str(item["group"]),
            scope=Scope(cluster, namespace, name),
            tenant=str(item.get("tenant") or ""),
            max_attempts=int(item.get("maxAttempts") or 3),
        )
    except KeyError as error:
        raise WorkloadsError(f"workload {index}: {error.args[0]} is missing") from None
    except ValueError as error:
        raise WorkloadsError(f"workload {index}: maxAttempts is not a number: {error}") from None

"""Events of a namespace: what controllers said about an object lately."""

from collections.abc import Mapping
from typing import Any

from mcp_jobs.adapters.kubernetes.client import Cluster
from mcp_jobs.adapters.kubernetes.jobs import milliseconds
from mcp_jobs.adapters.kubernetes.resource import events
from mcp_jobs.core.why import Event


def events_about(cluster: Cluster, namespace: str, kind: str, *, name: str = "") -> list[Event]:
    """The events about the object of a kind with this name, or about all of them, the oldest first.

    Raises ClusterError.
    """
    selector = f"involvedObject.kind={kind}" + (f",involvedObject.name={name}" if name else "")
    found = (
        _event(e) for page in cluster.pages(events(namespace), fieldSelector=selector) for e in page["items"]
    )
    return sorted(found, key=lambda event: event.at)


def _event(item: Mapping[str, Any]) -> Event:
    return Event(
        about=str(item.get("involvedObject", {}).get("name", "")),
        reason=str(item.get("reason", "")),
        message=str(item.get("message", "")),
        at=milliseconds(item.get("lastTimestamp") or item.get("eventTime")) or 0,
    )

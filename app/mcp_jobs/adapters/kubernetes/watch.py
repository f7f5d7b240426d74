"""A watch: what happens to the objects of a kind, from a version on."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from urllib3.response import BaseHTTPResponse

from mcp_jobs.adapters.kubernetes.client import Cluster
from mcp_jobs.adapters.kubernetes.errors import refused
from mcp_jobs.adapters.kubernetes.resource import Resource

#: The API server ends a watch after so many seconds;
WATCH_SECONDS = 30
#: if it does not, the connection is dead.
_SILENCE_SECONDS = WATCH_SECONDS + 15.0


@dataclass(frozen=True, slots=True)
class Event:
    """`kind` is ADDED, MODIFIED, DELETED or BOOKMARK; `version` is where to go on from."""

    kind: str
    version: str
    object: dict[str, Any]


def events(cluster: Cluster, resource: Resource, *, selector: str, version: str) -> Iterator[Event]:
    """Events after `version`, until the API server ends the watch. Raises Gone where `version` is too old."""
    query = {
        "labelSelector": selector,
        "resourceVersion": version,
        "allowWatchBookmarks": "true",
        "timeoutSeconds": str(WATCH_SECONDS),
    }
    with cluster.watch(resource, query, silence=_SILENCE_SECONDS) as response:
        for line in _lines(response):
            yield _event(json.loads(line), resource)


def _lines(response: BaseHTTPResponse) -> Iterator[bytes]:
    rest = b""
    for chunk in response.stream(None):
        *lines, rest = (rest + chunk).split(b"\n")
        yield from filter(None, lines)


def _event(line: dict[str, Any], resource: Resource) -> Event:
    thing = line["object"]
    if line["type"] == "ERROR":
        raise refused(int(thing.get("code", 0)), str(thing.get("message", "")), "watch", resource)
    return Event(line["type"], thing["metadata"]["resourceVersion"], thing)

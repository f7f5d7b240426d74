"""The pods of a release, wherever they are defined."""

from collections.abc import Iterable, Iterator
from typing import Any

Object = dict[str, Any]

_TEMPLATES = {
    "Pod": (),
    "Job": ("spec", "template"),
    "Deployment": ("spec", "template"),
    "ScaledJob": ("spec", "jobTargetRef", "template"),
}


def pod_specs(objects: Iterable[Object]) -> Iterator[tuple[str, Object]]:
    """(kind/name, pod spec) of everything that makes a pod."""
    for name, template in pod_templates(objects):
        yield name, template["spec"]


def pod_templates(objects: Iterable[Object]) -> Iterator[tuple[str, Object]]:
    """(kind/name, metadata and spec) of everything that makes a pod."""
    for found in objects:
        if found["kind"] in _TEMPLATES:
            place = found
            for key in _TEMPLATES[found["kind"]]:
                place = place[key]
            yield f"{found['kind']}/{found['metadata']['name']}", place


def containers(spec: Object) -> list[Object]:
    return [*spec.get("initContainers", []), *spec["containers"]]


def env(container: Object) -> dict[str, Any]:
    """Name -> value, or the field path or the Secret's key that it comes from."""
    return {entry["name"]: _value(entry) for entry in container.get("env", [])}


def _value(entry: Object) -> Any:
    if "value" in entry:
        return entry["value"]
    source = entry["valueFrom"]
    if "secretKeyRef" in source:
        return "/".join(source["secretKeyRef"].values())
    return source["fieldRef"]["fieldPath"]

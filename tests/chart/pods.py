"""The pods of a release, wherever they are defined, and what Pod Security `restricted` has against them."""

from collections.abc import Iterable, Iterator
from typing import Any

Object = dict[str, Any]

_VOLUMES = {
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
}
_TEMPLATES = {
    "Pod": (),
    "Job": ("spec", "template"),
    "Deployment": ("spec", "template"),
    "ScaledJob": ("spec", "jobTargetRef", "template"),
}


def pod_specs(objects: Iterable[Object]) -> Iterator[tuple[str, Object]]:
    """(kind/name, pod spec) of everything that makes a pod."""
    for found in objects:
        if found["kind"] in _TEMPLATES:
            place = found
            for key in _TEMPLATES[found["kind"]]:
                place = place[key]
            yield f"{found['kind']}/{found['metadata']['name']}", place["spec"]


def containers(spec: Object) -> list[Object]:
    return [*spec.get("initContainers", []), *spec["containers"]]


def env(container: Object) -> dict[str, Any]:
    """Name -> value, or the field path that it comes from."""
    return {entry["name"]: _value(entry) for entry in container.get("env", [])}


def _value(entry: Object) -> Any:
    return entry["value"] if "value" in entry else entry["valueFrom"]["fieldRef"]["fieldPath"]


def not_restricted(spec: Object) -> Iterator[str]:
    """What the Pod Security Standard `restricted` forbids (kubernetes.io/docs, of 1.34)."""
    pod = spec.get("securityContext", {})
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        if spec.get(key):
            yield key
    for volume in spec.get("volumes", []):
        if not volume.keys() & _VOLUMES:
            yield f"volume {volume['name']}"
    for container in containers(spec):
        own = container.get("securityContext", {})
        both = pod | own
        for problem in _not_restricted(own, both):
            yield f"{container['name']}: {problem}"
        if any(port.get("hostPort") for port in container.get("ports", [])):
            yield f"{container['name']}: hostPort"


def _not_restricted(own: Object, both: Object) -> Iterator[str]:
    if own.get("privileged") or own.get("allowPrivilegeEscalation") is not False:
        yield "allowPrivilegeEscalation"
    if own.get("capabilities", {}).get("drop") != ["ALL"] or own["capabilities"].get("add"):
        yield "capabilities"
    if both.get("runAsNonRoot") is not True or both.get("runAsUser") == 0:
        yield "runAsNonRoot"
    if both.get("seccompProfile", {}).get("type") not in {"RuntimeDefault", "Localhost"}:
        yield "seccompProfile"

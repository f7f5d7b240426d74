"""A Job as the API server sends it, reduced to what the policy is about."""

from collections.abc import Mapping
from dataclasses import dataclass
from sys import intern
from typing import Any

from mcp_jobs.core.errors import McpJobsError

WORKLOAD = "mcp-jobs.io/workload"
TENANT = "mcp-jobs.io/tenant"
MANAGED = "mcp-jobs.io/managed"
RESERVATION = "mcp-jobs.io/reservation"

NUMBERS = ("ttlSecondsAfterFinished", "activeDeadlineSeconds", "backoffLimit", "parallelism", "completions")


class JobObjectError(McpJobsError):
    """Raised when what should be a Job is not one; the sentence names the field."""


@dataclass(frozen=True, slots=True)
class JobObject:
    """`version` is the resourceVersion, 0 before the first write; `numbers` are those of the spec."""

    uid: str
    name: str
    version: int
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    suspended: bool
    finished: bool  #: it is complete, or it has failed
    complete: bool
    numbers: Mapping[str, int | None]
    pod_replacement: str
    images: tuple[str, ...]

    @property
    def workload(self) -> str:
        """The workload's name; "" where the Job has none."""
        return intern(self.labels.get(WORKLOAD, ""))

    @property
    def tenant(self) -> str:
        """The tenant's name; "" where the Job has none."""
        return intern(self.labels.get(TENANT, ""))

    @property
    def reservation(self) -> str:
        """The mark of the mutating webhook; "" where there is none."""
        return self.annotations.get(RESERVATION, "")


def read_job(tree: Any, path: str) -> JobObject:
    """Read a batch/v1 Job. Raises JobObjectError."""
    job = _object(tree, path)
    metadata, spec = _child(job, "metadata", path), _child(job, "spec", path)
    suspend = spec.get("suspend")
    return JobObject(
        uid=_text(metadata, "uid", path),
        name=_text(metadata, "name", path) or _text(metadata, "generateName", path),
        version=_version(metadata, path),
        labels=_texts(metadata, "labels", path),
        annotations=_texts(metadata, "annotations", path),
        suspended=_one_of(suspend, (True, False, None), f"{path}.spec.suspend") is True,
        finished=any(_has(job, path, end) for end in ("Complete", "Failed")),
        complete=_has(job, path, "Complete"),
        numbers={name: _number(spec, name, path) for name in NUMBERS},
        pod_replacement=_text(spec, "podReplacementPolicy", path),
        images=_images(spec, path),
    )


def _has(job: dict[str, Any], path: str, condition: str) -> bool:
    conditions = _items(_child(job, "status", path), "conditions", f"{path}.status")
    return any(_text(c, "type", path) == condition and c.get("status") == "True" for c in conditions)


def _images(spec: dict[str, Any], path: str) -> tuple[str, ...]:
    where = f"{path}.spec.template"
    pod = _child(_child(spec, "template", path), "spec", where)
    containers = [item for key in ("initContainers", "containers") for item in _items(pod, key, where)]
    return tuple(_text(container, "image", where) for container in containers)


def _object(tree: Any, path: str) -> dict[str, Any]:
    if not isinstance(tree, dict):
        raise JobObjectError(f"{path}: expected an object, found {type(tree).__name__}")
    return tree


def _child(tree: dict[str, Any], key: str, path: str) -> dict[str, Any]:
    """A member that is an object; an absent one is empty."""
    return _object({} if tree.get(key) is None else tree[key], f"{path}.{key}")


def _items(tree: dict[str, Any], key: str, path: str) -> list[dict[str, Any]]:
    """A member that is a list of objects; an absent one is empty."""
    items = tree.get(key)
    if not isinstance(items, list | None):
        raise JobObjectError(f"{path}.{key}: expected a list, found {type(items).__name__}")
    return [_object(item, f"{path}.{key}[]") for item in items or ()]


def _text(tree: dict[str, Any], key: str, path: str) -> str:
    value = tree.get(key)
    if not isinstance(value, str | None):
        raise JobObjectError(f"{path}.{key}: expected a string, found {type(value).__name__}")
    return value or ""


def _texts(tree: dict[str, Any], key: str, path: str) -> dict[str, str]:
    members = _child(tree, key, path)
    for name in members:
        _text(members, name, f"{path}.{key}")
    return members


def _number(spec: dict[str, Any], key: str, path: str) -> int | None:
    value = spec.get(key)
    if isinstance(value, bool) or not isinstance(value, int | None):
        raise JobObjectError(f"{path}.spec.{key}: expected a whole number, found {value!r:.40}")
    return value


def _version(metadata: dict[str, Any], path: str) -> int:
    text = _text(metadata, "resourceVersion", path)
    if text and not text.isdecimal():
        raise JobObjectError(f"{path}.metadata.resourceVersion: expected a number, found {text!r:.40}")
    return int(text or 0)


def _one_of(value: Any, choices: tuple[Any, ...], path: str) -> Any:
    if not any(value is choice for choice in choices):
        raise JobObjectError(f"{path}: expected true or false, found {value!r:.40}")
    return value

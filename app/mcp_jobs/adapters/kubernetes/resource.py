"""The kinds of objects that are asked for, as paths and as RBAC names."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind of object in one namespace."""

    group: str  #: "" is the core group
    plural: str
    namespace: str
    version: str = "v1"

    def path(self, name: str = "") -> str:
        """The URL path of the collection, or of the object with this name."""
        root = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        tail = f"/{name}" if name else ""
        return f"{root}/namespaces/{self.namespace}/{self.plural}{tail}"


def jobs(namespace: str) -> Resource:
    """The Jobs of a namespace."""
    return Resource("batch", "jobs", namespace)


def pods(namespace: str) -> Resource:
    """The pods of a namespace."""
    return Resource("", "pods", namespace)


def config_maps(namespace: str) -> Resource:
    """The ConfigMaps of a namespace."""
    return Resource("", "configmaps", namespace)


def leases(namespace: str) -> Resource:
    """The Leases of a namespace."""
    return Resource("coordination.k8s.io", "leases", namespace)


def deployments(namespace: str) -> Resource:
    """The Deployments of a namespace."""
    return Resource("apps", "deployments", namespace)


def scaled_jobs(namespace: str) -> Resource:
    """KEDA's ScaledJobs of a namespace."""
    return Resource("keda.sh", "scaledjobs", namespace, "v1alpha1")


def events(namespace: str) -> Resource:
    """The events of a namespace."""
    return Resource("", "events", namespace)

"""What the Kubernetes API refuses, as sentences for the person who has to do something about it."""

from mcp_jobs.adapters.kubernetes.resource import Resource
from mcp_jobs.core.errors import McpJobsError


class ClusterError(McpJobsError):
    """Raised when the Kubernetes API does not do what it was asked for."""


class Unreachable(ClusterError):
    """Raised when the API server can't be asked: no connection, no trust, no answer in time."""


class Forbidden(ClusterError):
    """Raised when the service account lacks a rule."""


class Missing(ClusterError):
    """Raised when the object does not exist."""


class Conflict(ClusterError):
    """Raised when the object was changed, or created, by somebody else meanwhile."""


class Gone(ClusterError):
    """Raised when the API server no longer knows the version to go on from: list again."""


_KINDS: dict[int, type[ClusterError]] = {403: Forbidden, 404: Missing, 409: Conflict, 410: Gone}


def refused(status: int, message: str, verb: str, resource: Resource) -> ClusterError:
    """The error for an answer that is not a success."""
    kind = _KINDS.get(status, ClusterError)
    what = f"{verb} {resource.plural} in namespace {resource.namespace}"
    if status == 403 and "cannot" in message:
        rule = f'{{apiGroups: ["{resource.group}"], resources: [{resource.plural}], verbs: [{verb}]}}'
        return Forbidden(
            f"forbidden to {what}: the service account's Role needs the rule {rule} "
            f"(the API server says: {message})"
        )
    if status == 401:
        return kind(f"can't {what}: the API server does not accept our credentials (401: {message})")
    return kind(f"can't {what}: the API server answers {status}: {message}")


def unreachable(host: str, reason: str) -> Unreachable:
    """The error for an API server that could not be asked."""
    if "certificate has expired" in reason:
        return Unreachable(f"the certificate of the API server at {host} has expired: renew it ({reason})")
    if "CERTIFICATE_VERIFY_FAILED" in reason:
        return Unreachable(f"the API server at {host} is not trusted: {reason}")
    return Unreachable(f"the API server at {host} is unreachable: {reason}")

"""How a server or a call comes to its end early, as one sentence for a person."""

from mcp_jobs.core.errors import McpJobsError
from mcp_jobs.core.failure import Failure, FailureClass


class Fault(McpJobsError):
    """Raised when a server or a call can't go on. `what` completes a sentence that starts with its name."""

    def __init__(self, kind: FailureClass, what: str, *, retriable: bool) -> None:
        super().__init__(what)
        self.kind = kind
        self.what = what
        self.retriable = retriable

    def failure(self, subject: str) -> Failure:
        """The failure of `subject`, e.g. `Server "time"`."""
        return Failure(kind=self.kind, message=f"{subject} {self.what}", retriable=self.retriable)


def refused(what: str) -> Fault:
    """A wish this installation does not grant, now or later."""
    return Fault(FailureClass.REFUSED, what, retriable=False)

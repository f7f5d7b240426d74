"""Why a message did not succeed, and whether another attempt may help."""

from dataclasses import dataclass
from enum import StrEnum


class FailureClass(StrEnum):
    """The kinds of failure a person meets; the value is what outcomes and dead letters carry."""

    ENVELOPE = "envelope"  #: the message is not a valid envelope
    REFUSED = "refused"  #: the message asks for something this installation does not allow
    SPAWN = "spawn"  #: a server process could not be started, or ended before it answered
    TIMEOUT = "timeout"  #: a deadline passed
    PROTOCOL = "protocol"  #: a server answered, but not in MCP
    TRANSPORT = "transport"  #: the connection to a server failed
    TOOL = "tool"  #: a tool call failed
    ATTEMPTS = "attempts"  #: every attempt ended without an outcome, e.g. its pod was killed
    EXPIRED = "expired"  #: the topic's retention deleted the message before its Job could run it
    OOM = "oom-killed"  #: the container used more memory than its limit
    DEADLINE = "deadline-exceeded"  #: the Job ran longer than its activeDeadlineSeconds
    EVICTED = "evicted"  #: the node had no room for the pod any more, or went away
    IMAGE = "image-pull"  #: the pod's image can't be pulled
    DELETED = "deleted"  #: somebody deleted the Job before it ended
    CANCELLED = "cancelled"  #: somebody cancelled the message
    DUPLICATE = "duplicate"  #: another message with its jobId came first
    INTERNAL = "internal"  #: a fault in mcp-jobs itself

    @property
    def fails(self) -> bool:
        """Whether the message failed; else nobody wanted it run."""
        return self not in (FailureClass.CANCELLED, FailureClass.DUPLICATE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """A failure with its sentence. `retriable` says whether another attempt may succeed."""

    kind: FailureClass
    message: str
    retriable: bool

    @property
    def status(self) -> str:
        """What the outcome says: failed, or why there was nothing to fail."""
        return "failed" if self.kind.fails else str(self.kind)

    def to_json(self) -> dict[str, object]:
        """The `error` field of an outcome."""
        return {"class": str(self.kind), "message": self.message}

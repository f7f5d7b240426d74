"""What one message's MCP servers and calls came to: the `servers` and `calls` of an outcome."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from mcp_jobs.core.failure import Failure


class ServerStatus(StrEnum):
    """How a server of the message ended up."""

    INITIALIZED = "initialized"
    FAILED = "failed"
    DISABLED = "disabled"
    NOT_STARTED = "not-started"  #: another server of the message was refused


@dataclass(frozen=True, kw_only=True, slots=True)
class ServerReport:
    """One server: `details` is its `serverDetails` (JSON), `timings` are milliseconds by step.

    `started` and `ended`, milliseconds since the epoch: from its start until it was up or had failed; 0 where
    it was not started.
    """

    name: str
    transport: str
    status: ServerStatus
    optional: bool = False
    details: Mapping[str, Any] | None = None
    timings: Mapping[str, int] = field(default_factory=dict)
    failure: Failure | None = None
    started: int = 0
    ended: int = 0

    def to_json(self) -> dict[str, Any]:
        """The shape in the outcomes topic."""
        return {
            "name": self.name,
            "transport": self.transport,
            "status": str(self.status),
            "optional": self.optional,
            "serverDetails": None if self.details is None else dict(self.details),
            "timingsMs": dict(self.timings),
            "error": None if self.failure is None else self.failure.to_json(),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class CallReport:
    """One tool call: `result` is the tool's CallToolResult as JSON, None where it never came.

    `started` is milliseconds since the epoch.
    """

    server: str
    tool: str
    duration_ms: int
    result: Mapping[str, Any] | None = None
    failure: Failure | None = None
    started: int = 0

    def to_json(self) -> dict[str, Any]:
        """The shape in the outcomes topic."""
        return {
            "server": self.server,
            "tool": self.tool,
            "status": "failed" if self.failure else "succeeded",
            "durationMs": self.duration_ms,
            "result": None if self.result is None else dict(self.result),
            "error": None if self.failure is None else self.failure.to_json(),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkReport:
    """All of one message's work. `failure` is what fails the message, None where it succeeded."""

    servers: tuple[ServerReport, ...] = ()
    calls: tuple[CallReport, ...] = ()
    failure: Failure | None = None

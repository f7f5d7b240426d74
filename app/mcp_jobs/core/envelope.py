"""The envelope: one Kafka message as mcp-jobs understands it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mcp_jobs.core.servers import Server


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """A tool call to make once the servers are up. `arguments` is a JSON object."""

    server: str
    tool: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    timeout_seconds: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Envelope:
    """One job. `unknown_fields` holds what nobody asked for, by path; `warnings` are sentences for the outcome."""

    job_id: str
    tenant: str | None = None
    servers: tuple[Server, ...]
    calls: tuple[Call, ...] = ()
    unknown_fields: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

"""What a runner asks of the container that runs its servers: one message's work, nothing about Kafka."""

from dataclasses import dataclass

from mcp_jobs.core.envelope import Call
from mcp_jobs.core.servers import Server


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """One message's servers and calls. `job_id` and `tenant` are for the logs.

    `traceparent` is the attempt's span, None where the message has no trace.
    """

    job_id: str
    tenant: str | None = None
    servers: tuple[Server, ...]
    calls: tuple[Call, ...] = ()
    traceparent: str | None = None

"""The spans of an attempt, made of what is known once it is over. Nothing of a message's content is in them.

Names and attributes follow OpenTelemetry's semantic conventions for messaging, generative AI and MCP.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from mcp_jobs.core.failure import Failure
from mcp_jobs.core.outcome import Attempt
from mcp_jobs.core.report import CallReport, ServerReport
from mcp_jobs.core.trace import Trace

#: milliseconds since the epoch, from and to
Period = tuple[int, int]

#: a server's timings, by their names in the outcome
_STEPS = {"connectMs": "connect_ms", "initializeMs": "initialize_ms", "listMs": "list_ms"}


class Kind(StrEnum):
    """OpenTelemetry's kinds of span."""

    CLIENT = "CLIENT"
    CONSUMER = "CONSUMER"
    INTERNAL = "INTERNAL"


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """One span. `failure` is what ended it, None where nothing failed."""

    name: str
    kind: Kind
    trace: Trace
    period: Period
    attributes: Mapping[str, str | int] = field(default_factory=dict)
    failure: Failure | None = None


def server_span(name: str) -> str:
    """What the span of a server is called among those of its attempt."""
    return f"server/{name}"


def call_span(index: int) -> str:
    """What the span of a message's call number `index` is called among those of its attempt."""
    return f"call/{index}"


def spans_of(attempt: Attempt, group: str, claimed: Period, settled: Period | None) -> Iterator[Span]:
    """The spans of an attempt: its own, and below it the claim, the servers, the calls and the settlement.

    `settled` is None where the message is left for another attempt. Nothing where the attempt has no trace.
    """
    trace = attempt.trace
    if trace is None:
        return
    end = settled[1] if settled else attempt.finished
    yield _message_span(attempt, trace, group, "process", (claimed[0], end))
    yield _step(attempt, trace.child("claim"), "claim", "receive", claimed)
    window = attempt.started, attempt.finished
    yield from (_server(trace, report, window) for report in attempt.report.servers if report.started)
    for index, call in enumerate(attempt.report.calls):
        yield _call(trace.child(call_span(index)), call, window)
    if settled:
        yield _step(attempt, trace.child("settle"), "settle", "settle", settled)


def orphan_span(attempt: Attempt, group: str, settled: Period) -> Iterator[Span]:
    """The span of a settlement in the name of a Job that has died."""
    if attempt.trace:
        yield _message_span(attempt, attempt.trace, group, "settle", settled)


def _message_span(attempt: Attempt, trace: Trace, group: str, operation: str, period: Period) -> Span:
    failure = attempt.report.failure
    known: dict[str, str | int | None] = {
        **_destination(attempt, operation, operation),
        "messaging.consumer.group.name": group,
        "mcp_jobs.job_id": attempt.job_id,
        "mcp_jobs.tenant": attempt.envelope.tenant if attempt.envelope else None,
        "mcp_jobs.attempt": attempt.number,
        "mcp_jobs.status": failure.status if failure else "succeeded",
        "k8s.job.name": attempt.job.name,
        "k8s.job.uid": attempt.job.uid,
        "k8s.pod.name": attempt.job.pod,
    }
    return Span(
        name=f"{operation} {attempt.topic}",
        kind=Kind.CONSUMER if operation == "process" else Kind.CLIENT,
        trace=trace,
        period=period,
        attributes={name: value for name, value in known.items() if value is not None and value != ""},
        failure=failure if failure and failure.kind.fails else None,
    )


def _destination(attempt: Attempt, operation: str, kind: str) -> dict[str, str | int]:
    return {
        "messaging.system": "kafka",
        "messaging.operation.name": operation,
        "messaging.operation.type": kind,
        "messaging.destination.name": attempt.topic,
        "messaging.destination.partition.id": str(attempt.partition),
        "messaging.kafka.offset": attempt.offset,
    }


def _step(attempt: Attempt, trace: Trace, name: str, kind: str, period: Period) -> Span:
    attributes = _destination(attempt, name, kind)
    return Span(name=name, kind=Kind.CLIENT, trace=trace, period=period, attributes=attributes)


def _server(trace: Trace, report: ServerReport, window: Period) -> Span:
    period = _within(window, report.started, report.ended)
    timings = {
        f"mcp_jobs.server.{name}": min(max(report.timings[step], 0), window[1] - window[0])
        for step, name in _STEPS.items()
        if step in report.timings
    }
    return Span(
        name=f"server {report.name}",
        kind=Kind.INTERNAL,
        trace=trace.child(server_span(report.name)),
        period=period,
        attributes={
            "mcp_jobs.server.name": report.name,
            "mcp_jobs.server.transport": report.transport,
            **timings,
        },
        failure=report.failure,
    )


def _call(trace: Trace, report: CallReport, window: Period) -> Span:
    return Span(
        name=f"tools/call {report.tool}",
        kind=Kind.CLIENT,
        trace=trace,
        period=_within(window, report.started, report.started + report.duration_ms),
        attributes={
            "mcp.method.name": "tools/call",
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": report.tool,
            "mcp_jobs.server.name": report.server,
        },
        failure=report.failure,
    )


def _within(window: Period, started: int, ended: int) -> Period:
    """The times that the servers' container reports are not trusted."""
    first, last = window
    began = min(max(started, first), last)
    return began, min(max(ended, began), last)

"""Which span a server is asked in: MCP's own package tells it in `_meta` of every request (SEP-414)."""

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.context import attach, detach
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

from mcp_jobs.core.trace import Trace


@contextmanager
def within(trace: Trace | None) -> Iterator[None]:
    """Make the requests of the block in a span; in none where there is no trace."""
    if trace is None:
        yield
        return
    ids = int(trace.trace_id, 16), int(trace.span_id, 16)
    context = SpanContext(*ids, is_remote=False, trace_flags=TraceFlags(trace.sampled))
    token = attach(set_span_in_context(NonRecordingSpan(context)))
    try:
        yield
    finally:
        detach(token)

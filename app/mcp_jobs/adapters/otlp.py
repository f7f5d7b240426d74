"""Spans on their way to a collector, by OpenTelemetry's SDK. Imported only where one is set up.

The SDK reads the rest of its variables itself: OTEL_EXPORTER_OTLP_HEADERS, OTEL_EXPORTER_OTLP_CERTIFICATE,
OTEL_RESOURCE_ATTRIBUTES and so on.
"""

import logging
import queue
import re
import threading
from collections.abc import Mapping, Sequence
from contextvars import copy_context
from functools import partial

from loguru import logger
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

from mcp_jobs import __version__
from mcp_jobs.core.outcome import one_line
from mcp_jobs.core.spans import Span

#: seconds that a collector gets to take what is sent, and how much longer `close` waits at most: for its name
SEND_SECONDS = 2.0
_CLOSE_SECONDS = 1.0
#: times that spans are sent which may wait for one another; more are dropped
_WAITING = 1_000
_HEADERS = "OTEL_EXPORTER_OTLP_HEADERS"
_SCOPE = InstrumentationScope("mcp-jobs", __version__)


class Collector:
    """The collector at `endpoint`. A thread of its own sends: whoever has spans never waits.

    `about` are attributes of the process. What can't be sent is dropped, and told once until it works again.
    """

    def __init__(self, endpoint: str, about: Mapping[str, str]) -> None:
        self._endpoint = endpoint
        self._words = _Words()
        self._exporter = OTLPSpanExporter(endpoint=endpoint, timeout=SEND_SECONDS)
        named = Resource.create({"service.name": "mcp-jobs", **about})
        self._resource = named.merge(OTELResourceDetector().detect())
        self._waiting: queue.Queue[Sequence[Span] | None] = queue.Queue(_WAITING)
        self._told = False
        in_context = partial(copy_context().run, self._work)  # its log lines are those of whoever began it
        self._thread = threading.Thread(target=in_context, name="traces", daemon=True)
        self._thread.start()

    def send(self, spans: Sequence[Span]) -> None:
        """Have the spans sent, as far as their traces are sampled."""
        sampled = [span for span in spans if span.trace.sampled]
        if sampled:
            try:
                self._waiting.put_nowait(sampled)
            except queue.Full:
                self._tell("too many spans wait for it")

    def close(self) -> None:
        """Wait a moment for what is being sent; what is not sent by then never is."""
        try:
            self._waiting.put_nowait(None)
        except queue.Full:
            return
        self._thread.join(SEND_SECONDS + _CLOSE_SECONDS)
        if self._thread.is_alive():
            self._tell(f"it has not answered within {SEND_SECONDS + _CLOSE_SECONDS:g} s")

    def _work(self) -> None:
        while (spans := self._waiting.get()) is not None:
            if self._exporter.export([self._readable(span) for span in spans]) is SpanExportResult.SUCCESS:
                self._told = False
            else:
                self._tell(self._words.take())

    def _tell(self, reason: str) -> None:
        if not self._told:
            self._told = True
            happened = f"{self._endpoint} did not take them ({one_line(reason)[:300]})"
            happened = re.sub(r"[^/\s']+@", "", happened)  # a login in the URL is for nobody's eyes
            logger.warning(
                f"spans of traces are lost: {happened}. Check that OTEL_EXPORTER_OTLP_ENDPOINT names a"
                " collector that takes OTLP over HTTP, by default on port 4318"
            )

    def _readable(self, span: Span) -> ReadableSpan:
        trace, failure = span.trace, span.failure
        attributes = dict(span.attributes) | ({"error.type": str(failure.kind)} if failure else {})
        started, ended = span.period
        return ReadableSpan(
            name=one_line(span.name),
            context=_context(trace.trace_id, trace.span_id, is_remote=False),
            # The producer's span, and the attempt's as seen from its children; the difference is only a hint.
            parent=_context(trace.trace_id, trace.parent_id, is_remote=True) if trace.parent_id else None,
            resource=self._resource,
            attributes={name: _plain(value) for name, value in attributes.items()},
            kind=SpanKind[span.kind],
            status=Status(StatusCode.ERROR, one_line(failure.message)) if failure else Status(),
            start_time=started * 1_000_000,
            end_time=ended * 1_000_000,
            instrumentation_scope=_SCOPE,
        )


def _context(trace_id: str, span_id: str, *, is_remote: bool) -> SpanContext:
    return SpanContext(int(trace_id, 16), int(span_id, 16), is_remote, TraceFlags(TraceFlags.SAMPLED))


def _plain(value: str | int) -> str | int:
    """A text that can be encoded: a message may have half of a surrogate pair."""
    return one_line(value) if isinstance(value, str) else value


class _Words(logging.Handler):
    """What OpenTelemetry says of its last failure: it tells nobody but the log."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._last = ""
        library = logging.getLogger("opentelemetry")
        library.handlers, library.propagate = [self], False
        library.setLevel(logging.WARNING)

    def emit(self, record: logging.LogRecord) -> None:
        # It would quote the login.
        headers = record.name == "opentelemetry.util.re"
        said = f"{_HEADERS} must be name=value, percent-encoded" if headers else record.getMessage()
        self._last = self._last or said

    def take(self) -> str:
        """The words since the last time."""
        words, self._last = self._last, ""
        return words or "it gave no reason"

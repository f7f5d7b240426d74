"""Traces as W3C Trace Context (level 1) has them: which one a message belongs to, and the ids of its spans.

Ids are not drawn but derived: every attempt at a message, and whoever settles it in the end, come to the same
trace by themselves, and the container that runs a message's servers to the same spans as the runner, which
tells of them.
"""

import hashlib
import re
from dataclasses import dataclass

from mcp_jobs.core.record import Record

TRACEPARENT = "traceparent"

# Later versions may have more fields behind these four.
_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?", re.ASCII)
_SAMPLED = 0x01


@dataclass(frozen=True, kw_only=True, slots=True)
class Trace:
    """One span's place in a trace. Ids are lower-case hexadecimal, `parent_id` None where a trace begins."""

    trace_id: str
    span_id: str
    parent_id: str | None = None
    sampled: bool = True

    @property
    def header(self) -> str:
        """The place as a traceparent."""
        return f"00-{self.trace_id}-{self.span_id}-{_SAMPLED * self.sampled:02x}"

    def child(self, name: str) -> "Trace":
        """The place of a span below this one; the name is unique there."""
        return Trace(
            trace_id=self.trace_id,
            span_id=_digest(f"{self.span_id}/{name}", 16),
            parent_id=self.span_id,
            sampled=self.sampled,
        )


def parse(text: str) -> Trace | None:
    """The span that a traceparent names, None where it is no valid one."""
    found = _TRACEPARENT.fullmatch(text)
    if not found:
        return None
    version, trace_id, span_id, flags, more = found.groups()
    if version == "ff" or (version == "00" and more) or not (trace_id.strip("0") and span_id.strip("0")):
        return None
    return Trace(trace_id=trace_id, span_id=span_id, sampled=bool(int(flags, 16) & _SAMPLED))


def trace_of(record: Record | None, event: str | None, place: str, who: str, *, always: bool) -> Trace | None:
    """The span of one attempt at the message at `place`, below its producer's; `who` tells attempts apart.

    The producer's is in the record's header, the last one of the name, else in `event`, its CloudEvent's
    traceparent. Where there is none, the trace is the place's own if that is wanted `always`, else None.
    """
    header = dict(record.headers).get(TRACEPARENT) if record else None
    producer = parse((header or b"").decode(errors="replace")) or parse(event or "")
    if producer is None and not always:
        return None
    trace_id = producer.trace_id if producer else _digest(place, 32)
    return Trace(
        trace_id=trace_id,
        span_id=_digest(f"{trace_id}/{place}/{who}", 16),
        parent_id=producer.span_id if producer else None,
        sampled=producer.sampled if producer else True,
    )


def place_of(topic: str, partition: int, offset: int) -> str:
    """Where a message stands. `topic` is the topic's id: names come again, elsewhere or after a deletion."""
    return f"{topic}/{partition}/{offset}"


def log_fields(trace: Trace | None) -> dict[str, str]:
    """What log lines say of a trace."""
    return {"traceId": trace.trace_id} if trace else {}


def _digest(text: str, length: int) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:length]

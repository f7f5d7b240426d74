"""What one outcome adds to the metrics."""

import json
import re
from dataclasses import dataclass
from typing import Any


def metrics_group(group: str) -> str:
    """The consumer group whose offsets say which outcomes are counted already."""
    return f"{group}.metrics"


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """One outcome. `seconds` is None where nothing was run, `kind` the failure's class, "" for none.

    `trace_id` is "" where the message has no trace.
    """

    status: str
    tenant: str
    seconds: float | None
    retries: int
    kind: str
    trace_id: str = ""


def read_tally(value: bytes | None, topic: str) -> Tally | None:
    """What to count for a record of the outcomes topic; None where it is not an outcome of `topic`."""
    try:
        outcome: Any = json.loads(value or b"null")
        if outcome["topic"] != topic:
            return None
        milliseconds = int(outcome["durationMs"])
        return Tally(
            status=str(outcome["status"]),
            tenant=str(outcome["tenant"] or ""),
            seconds=milliseconds / 1000 if milliseconds > 0 else None,
            retries=max(int(outcome["attempt"]) - 1, 0),
            kind=str(outcome["error"]["class"]) if outcome["status"] == "failed" else "",
            trace_id=_trace_id(outcome.get("traceId")),
        )
    except (ValueError, KeyError, TypeError):
        return None


def _trace_id(value: Any) -> str:
    """Who else writes to the topic must not have us keep whatever they like."""
    return value if isinstance(value, str) and re.fullmatch("[0-9a-f]{32}", value) else ""

"""What one outcome adds to the metrics."""

import json
from dataclasses import dataclass
from typing import Any


def metrics_group(group: str) -> str:
    """The consumer group whose offsets say which outcomes are counted already."""
    return f"{group}.metrics"


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """One outcome. `seconds` is None where nothing was run, `kind` the failure's class, "" for none."""

    status: str
    tenant: str
    seconds: float | None
    retries: int
    kind: str


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
        )
    except (ValueError, KeyError, TypeError):
        return None

"""The outcome of one message: what goes to the outcomes topic, and to the dead letters if it failed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from mcp_jobs.core.envelope import Envelope
from mcp_jobs.core.failure import Failure
from mcp_jobs.core.lineage import REQUEUED
from mcp_jobs.core.record import Output, Record
from mcp_jobs.core.report import WorkReport
from mcp_jobs.core.trace import Trace

#: bytes; a topic takes records of 1,048,576 bytes unless told otherwise (max.message.bytes)
MAX_OUTCOME = 900_000
#: characters
MAX_REASON = 2_000
#: paths; their values stay in the message, they may be secret
MAX_UNKNOWN = 100

#: headers of a dead letter; a producer's own of these names are left out, so that none is forged
_OURS = frozenset(
    f"mcp-jobs-{name}"
    for name in (
        *("reason", "class", "attempts", "job-id", "source-topic", "source-partition", "source-offset"),
        *("job", "job-uid", "time", "value-omitted"),
    )
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """Who worked on the message."""

    name: str = ""
    uid: str = ""
    pod: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """One attempt at one message, over. `record` is None where the log no longer has the message.

    `started` and `finished` are milliseconds since the epoch. `trace` is None where the producer sent none
    and nobody traces.
    """

    topic: str
    partition: int
    offset: int
    record: Record | None
    envelope: Envelope | None
    number: int
    job: Job
    started: int
    finished: int
    report: WorkReport = field(default_factory=WorkReport)
    known_id: str | None = None
    trace: Trace | None = None

    @property
    def job_id(self) -> str:
        """The message's own id (`known_id`: all that could be read of it), or else where it stands."""
        if self.envelope:
            return self.envelope.job_id
        return self.known_id or f"{self.topic}-{self.partition}-{self.offset}"

    def outcome(self) -> dict[str, Any]:
        """The outcome as a JSON object."""
        failure = self.report.failure
        return {
            "jobId": self.job_id,
            "tenant": self.envelope.tenant if self.envelope else None,
            "status": failure.status if failure else "succeeded",
            "attempt": self.number,
            "topic": self.topic,
            "partition": self.partition,
            "offset": self.offset,
            "requeuedFrom": self._requeued_from(),
            "traceId": self.trace.trace_id if self.trace else None,
            "job": {"name": self.job.name, "uid": self.job.uid, "pod": self.job.pod},
            "producedAt": _time(self.record.timestamp) if self.record else None,
            "startedAt": _time(self.started),
            "finishedAt": _time(self.finished),
            "durationMs": self.finished - self.started,
            "servers": [server.to_json() for server in self.report.servers],
            "calls": [call.to_json() for call in self.report.calls],
            "unknownFields": sorted(self.envelope.unknown_fields)[:MAX_UNKNOWN] if self.envelope else [],
            "warnings": list(self.envelope.warnings) if self.envelope else [],
            "error": failure.to_json() if failure else None,
        }

    def _requeued_from(self) -> dict[str, int] | None:
        """Where the message stood that this one is a copy of."""
        origin = REQUEUED.origin_of(self.record, self.topic) if self.record else None
        return {"partition": origin.partition, "offset": origin.offset} if origin else None

    def outputs(self, outcomes: str, dead_letters: str, *, bare: bool = False) -> tuple[Output, ...]:
        """The records for the topics `outcomes` and `dead_letters`.

        `bare`: without the message itself and without results, for topics that refuse records of that size.
        """
        outcome = _fitting(self.outcome(), 0 if bare else MAX_OUTCOME)
        outputs = [Output(outcomes, self.job_id.encode(), outcome)]
        if self.report.failure and self.report.failure.status == "failed":
            outputs.append(self._dead_letter(dead_letters, self.report.failure, bare=bare))
        return tuple(outputs)

    def _dead_letter(self, topic: str, failure: Failure, *, bare: bool) -> Output:
        """The message untouched, and why it is dead in headers behind its own."""
        record = self.record or Record(self.offset)
        reason = {
            "mcp-jobs-reason": one_line(failure.message),
            "mcp-jobs-class": str(failure.kind),
            "mcp-jobs-attempts": str(self.number),
            "mcp-jobs-job-id": one_line(self.job_id),
            "mcp-jobs-source-topic": self.topic,
            "mcp-jobs-source-partition": str(self.partition),
            "mcp-jobs-source-offset": str(self.offset),
            "mcp-jobs-job": self.job.name,
            "mcp-jobs-job-uid": self.job.uid,
            "mcp-jobs-time": _time(self.finished),
        }
        if bare or not self.record:
            reason["mcp-jobs-value-omitted"] = (
                "too large for this topic" if self.record else "deleted by retention"
            )
        headers = tuple((name, value.encode()) for name, value in reason.items() if value)
        if bare:
            return Output(topic, record.key, None, headers)
        own = tuple(header for header in record.headers if header[0] not in _OURS)
        return Output(topic, record.key, record.value, own + headers)


def one_line(text: str) -> str:
    """The text as a header or a log line takes it: one line, printable, not too long."""
    line = "".join(c if c.isprintable() else " " for c in text)
    return line if len(line) <= MAX_REASON else f"{line[: MAX_REASON - 1]}…"


def _fitting(outcome: Mapping[str, Any], limit: int) -> bytes:
    """The outcome as JSON, within `limit` bytes: results go first, then server details."""
    encoded = _encode(outcome)
    for kind, name in (("calls", "result"), ("servers", "serverDetails")):
        if len(encoded) <= limit:
            break
        outcome = {**outcome, kind: _without(outcome[kind], name), "truncated": True}
        encoded = _encode(outcome)
    return encoded


def _without(entries: Sequence[Mapping[str, Any]], name: str) -> list[dict[str, Any]]:
    return [{**entry, name: None} for entry in entries]


def _encode(outcome: Mapping[str, Any]) -> bytes:
    return json.dumps(outcome, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


def _time(milliseconds: int) -> str:
    """RFC 3339, UTC, to the millisecond."""
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

"""A real OpenTelemetry Collector, which prints the spans it takes as lines of OTLP JSON."""

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from integration.eventually import eventually
from mcp_jobs.local.ports import free_ports

_OK, _ERROR = 0, 2
KINDS = {1: "INTERNAL", 2: "SERVER", 3: "CLIENT", 4: "PRODUCER", 5: "CONSUMER"}


@dataclass(frozen=True)
class Seen:
    """A span as it came. `error` is None where its status is not one; times are nanoseconds."""

    name: str
    kind: str
    trace_id: str
    span_id: str
    parent_id: str
    start: int
    end: int
    attributes: dict[str, Any]
    resource: dict[str, Any]
    error: str | None


@dataclass
class Collector:
    """One that listens at `url`. `lines` are what it has printed."""

    url: str
    lines: list[str] = field(default_factory=list)

    def spans(self, count: int) -> list[Seen]:
        """All spans so far, once there are that many."""
        eventually(lambda: len(self._spans()) >= count)
        return self._spans()

    def _spans(self) -> list[Seen]:
        return [span for line in list(self.lines) for span in _read(json.loads(line))]


@contextmanager
def running(binary: Path) -> Iterator[Collector]:
    """A collector that has its own port."""
    [port] = free_ports(1)
    config = {
        "receivers": {"otlp": {"protocols": {"http": {"endpoint": f"127.0.0.1:{port}"}}}},
        "exporters": {"lines": {}},
        "service": {
            "pipelines": {"traces": {"receivers": ["otlp"], "exporters": ["lines"]}},
            "telemetry": {"metrics": {"level": "none"}},
        },
    }
    command = [str(binary), "--config", f"yaml:{json.dumps(config)}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stderr
        try:
            said = next((line for line in process.stderr if "Everything is ready" in line), "")
            assert said, "the collector ended before it was ready"
            collector = Collector(f"http://127.0.0.1:{port}")
            readers = [
                threading.Thread(target=collector.lines.extend, args=[process.stdout], daemon=True),
                threading.Thread(target=list, args=[process.stderr], daemon=True),  # its pipe must not fill
            ]
            for reader in readers:
                reader.start()
            yield collector
        finally:
            process.terminate()
            process.wait(20)
        for reader in readers:
            reader.join(10)


def _read(line: dict[str, Any]) -> Iterator[Seen]:
    for resource in line["resourceSpans"]:
        about = _attributes(resource["resource"])
        for scope in resource["scopeSpans"]:
            for span in scope["spans"]:
                status = span.get("status", {})
                yield Seen(
                    name=span["name"],
                    kind=KINDS[span["kind"]],
                    trace_id=span["traceId"],
                    span_id=span["spanId"],
                    parent_id=span.get("parentSpanId", ""),
                    start=int(span["startTimeUnixNano"]),
                    end=int(span["endTimeUnixNano"]),
                    attributes=_attributes(span),
                    resource=about,
                    error=status.get("message", "") if status.get("code", _OK) == _ERROR else None,
                )


def _attributes(of: dict[str, Any]) -> dict[str, Any]:
    """64-bit numbers are strings in JSON."""
    found = {}
    for attribute in of.get("attributes", []):
        [(kind, value)] = attribute["value"].items()
        found[attribute["key"]] = int(value) if kind == "intValue" else value
    return found

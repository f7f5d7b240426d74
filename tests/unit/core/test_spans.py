"""The spans of an attempt: what is in them, and what never is."""

from dataclasses import replace

import pytest

from mcp_jobs.core.envelope import Call, Envelope
from mcp_jobs.core.failure import Failure, FailureClass
from mcp_jobs.core.outcome import Attempt, Job
from mcp_jobs.core.record import Record
from mcp_jobs.core.report import CallReport, ServerReport, ServerStatus, WorkReport
from mcp_jobs.core.servers import Server, Transport
from mcp_jobs.core.spans import Kind, Span, orphan_span, spans_of
from mcp_jobs.core.trace import Trace

SECRET = "hush"
TRACE = Trace(trace_id="a" * 32, span_id="b" * 16)
SERVER = Server(name="s", transport=Transport.STDIO, command=SECRET, args=(SECRET,), env={"T": SECRET})
UP = ServerReport(
    name="s",
    transport="stdio",
    status=ServerStatus.INITIALIZED,
    details={"serverInfo": SECRET},
    timings={"connectMs": 10, SECRET: 3},
    started=1_100,
    ended=1_200,
)
CALLED = CallReport(server="s", tool="t", duration_ms=50, result={"content": SECRET}, started=1_300)
ATTEMPT = Attempt(
    topic="topic",
    partition=0,
    offset=7,
    record=Record(7, SECRET.encode(), SECRET.encode(), ((SECRET, SECRET.encode()),)),
    envelope=Envelope(
        job_id="j", servers=(SERVER,), calls=(Call(server="s", tool="t", arguments={"a": SECRET}),)
    ),
    number=1,
    job=Job(name="job", uid="uid", pod=""),
    started=1_000,
    finished=2_000,
    report=WorkReport(servers=(UP,), calls=(CALLED,)),
    trace=TRACE,
)


def spans(attempt: Attempt = ATTEMPT, *, settled: bool = True) -> dict[str, Span]:
    found = spans_of(attempt, "group", (900, 1_000), (2_000, 2_100) if settled else None)
    return {span.name: span for span in found}


def with_failure(kind: FailureClass) -> Attempt:
    return replace(ATTEMPT, report=WorkReport(failure=Failure(kind=kind, message="no", retriable=False)))


def test_an_attempts_span_holds_those_of_its_parts() -> None:
    found = spans()
    assert list(found) == ["process topic", "claim", "server s", "tools/call t", "settle"]
    assert [span.period for span in found.values()] == [
        (900, 2_100),
        (900, 1_000),
        (1_100, 1_200),
        (1_300, 1_350),
        (2_000, 2_100),
    ]
    root, *parts = found.values()
    assert (root.trace, root.kind) == (TRACE, Kind.CONSUMER)
    assert {part.trace.parent_id for part in parts} == {TRACE.span_id}


def test_nothing_of_a_messages_content_is_in_them() -> None:
    assert SECRET not in repr(list(spans().values()))


def test_an_attempt_that_is_left_for_the_next_one_has_no_settlement() -> None:
    found = spans(settled=False)
    assert "settle" not in found
    assert found["process topic"].period == (900, 2_000)


def test_a_server_that_was_not_started_has_no_span() -> None:
    report = replace(UP, started=0, ended=0, status=ServerStatus.DISABLED)
    assert "server s" not in spans(replace(ATTEMPT, report=WorkReport(servers=(report,))))


@pytest.mark.parametrize(("started", "ended"), [(-(10**30), 10**30), (10**30, -(10**30)), (1, 10**30)])
def test_times_that_the_servers_container_tells_stay_within_the_attempt(started: int, ended: int) -> None:
    server = replace(UP, started=started, ended=ended, timings={"connectMs": ended})
    call = replace(CALLED, started=started, duration_ms=ended)
    found = spans(replace(ATTEMPT, report=WorkReport(servers=(server,), calls=(call,))))
    for name in ("server s", "tools/call t"):
        first, last = found[name].period
        assert 1_000 <= first <= last <= 2_000
    assert 0 <= int(found["server s"].attributes["mcp_jobs.server.connect_ms"]) <= 1_000


def test_a_failure_is_the_spans_and_a_message_that_nobody_wants_has_none() -> None:
    failed = spans(with_failure(FailureClass.TOOL))["process topic"]
    assert failed.failure
    assert failed.attributes["mcp_jobs.status"] == "failed"
    cancelled = spans(with_failure(FailureClass.CANCELLED))["process topic"]
    assert cancelled.failure is None
    assert cancelled.attributes["mcp_jobs.status"] == "cancelled"


def test_without_a_trace_there_are_no_spans() -> None:
    bare = replace(ATTEMPT, trace=None)
    assert not spans(bare)
    assert not list(orphan_span(bare, "group", (1, 2)))

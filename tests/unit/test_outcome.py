"""Outcomes and dead letters as they go to Kafka."""

import json

from mcp_jobs.core.envelope import Envelope
from mcp_jobs.core.failure import Failure, FailureClass
from mcp_jobs.core.outcome import MAX_OUTCOME, MAX_REASON, Attempt, Job, one_line
from mcp_jobs.core.record import Record
from mcp_jobs.core.report import CallReport, ServerReport, ServerStatus, WorkReport

RECORD = Record(7, b"key", b"value", (("theirs", b"1"),), 1_700_000_000_123)


def attempt(report: WorkReport, record: Record | None = RECORD, job_id: str | None = "job-1") -> Attempt:
    envelope = None if job_id is None else Envelope(job_id=job_id, tenant="acme", servers=())
    return Attempt(
        topic="t",
        partition=2,
        offset=7,
        record=record,
        envelope=envelope,
        number=1,
        job=Job(name="runner-x", uid="uid-x", pod="pod-x"),
        started=1_700_000_001_000,
        finished=1_700_000_003_500,
        report=report,
    )


def failure(message: str) -> WorkReport:
    return WorkReport(failure=Failure(kind=FailureClass.REFUSED, message=message, retriable=False))


def test_a_success_is_one_outcome_and_no_dead_letter() -> None:
    [output] = attempt(WorkReport()).outputs("o", "d")

    assert (output.topic, output.key) == ("o", b"job-1")
    outcome = json.loads(output.value or b"")
    assert (outcome["status"], outcome["durationMs"], outcome["error"]) == ("succeeded", 2500, None)
    assert (outcome["producedAt"], outcome["startedAt"]) == (
        "2023-11-14T22:13:20.123Z",
        "2023-11-14T22:13:21.000Z",
    )


def test_a_failure_is_an_outcome_and_the_message_untouched_with_headers_behind_its_own() -> None:
    outcome, letter = attempt(failure("no")).outputs("o", "d")

    assert json.loads(outcome.value or b"")["error"] == {"class": "refused", "message": "no"}
    assert (letter.topic, letter.key, letter.value) == ("d", b"key", b"value")
    assert letter.headers == (
        ("theirs", b"1"),
        ("mcp-jobs-reason", b"no"),
        ("mcp-jobs-class", b"refused"),
        ("mcp-jobs-attempts", b"1"),
        ("mcp-jobs-job-id", b"job-1"),
        ("mcp-jobs-source-topic", b"t"),
        ("mcp-jobs-source-partition", b"2"),
        ("mcp-jobs-source-offset", b"7"),
        ("mcp-jobs-job", b"runner-x"),
        ("mcp-jobs-job-uid", b"uid-x"),
        ("mcp-jobs-time", b"2023-11-14T22:13:23.500Z"),
    )


def test_a_reason_can_not_smuggle_lines_or_terminal_escapes_into_a_header() -> None:
    _, letter = attempt(failure("bad\r\nx-header: 1\x1b[31m\x00")).outputs("o", "d")

    assert dict(letter.headers)["mcp-jobs-reason"] == b"bad  x-header: 1 [31m "


def test_a_reason_has_an_end() -> None:
    assert one_line("x" * 10_000) == "x" * (MAX_REASON - 1) + "…"


def test_a_message_without_an_id_is_told_under_the_place_it_stands_at() -> None:
    outcome, _ = attempt(failure("no"), job_id=None).outputs("o", "d")

    assert outcome.key == b"t-2-7"


def test_an_outcome_that_is_too_large_loses_results_first_then_server_details() -> None:
    call = CallReport(server="s", tool="t", duration_ms=1, result={"text": "x" * MAX_OUTCOME})
    server = ServerReport(name="s", transport="stdio", status=ServerStatus.INITIALIZED, details={"a": 1})

    [output] = attempt(WorkReport(servers=(server,), calls=(call,))).outputs("o", "d")

    outcome = json.loads(output.value or b"")
    assert outcome["truncated"] is True
    assert outcome["calls"][0]["result"] is None
    assert outcome["servers"][0]["serverDetails"] == {"a": 1}


def test_a_bare_dead_letter_says_that_and_why_the_message_is_missing() -> None:
    _, letter = attempt(failure("no")).outputs("o", "d", bare=True)

    assert (letter.key, letter.value) == (b"key", None)
    assert dict(letter.headers)["mcp-jobs-value-omitted"] == b"too large for this topic"


def test_a_dead_letter_of_a_message_that_is_gone_says_so() -> None:
    _, letter = attempt(failure("no"), record=None).outputs("o", "d")

    assert (letter.key, letter.value) == (None, None)
    assert dict(letter.headers)["mcp-jobs-value-omitted"] == b"deleted by retention"


def test_a_producer_can_not_forge_what_a_dead_letter_says() -> None:
    forged = Record(7, b"key", b"value", (("mcp-jobs-value-omitted", b"x"), ("theirs", b"1")), 0)

    _, letter = attempt(failure("no"), forged).outputs("o", "d")

    assert letter.headers[0] == ("theirs", b"1")
    assert "mcp-jobs-value-omitted" not in dict(letter.headers)


def test_a_message_that_is_not_wanted_has_its_own_status_and_no_dead_letter() -> None:
    cancelled = Failure(kind=FailureClass.CANCELLED, message="cancelled before it ran", retriable=False)

    [output] = attempt(WorkReport(failure=cancelled)).outputs("o", "d")

    assert json.loads(output.value or b"")["status"] == "cancelled"

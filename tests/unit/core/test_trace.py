"""Traceparents as W3C Trace Context has them, and which trace a message belongs to."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_jobs.core import dead_letter, requeue
from mcp_jobs.core.dead_letter import DeadLetter
from mcp_jobs.core.envelope import decode
from mcp_jobs.core.record import Place, Record
from mcp_jobs.core.trace import Trace, parse, place_of, trace_of

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
VALID = f"00-{TRACE}-{SPAN}-01"
PLACE = place_of("topic-id", 2, 7)

ids = st.integers(1, 2**64 - 1)


def message(*headers: tuple[str, bytes]) -> Record:
    return Record(7, headers=headers)


def of(record: Record | None, event: str | None = None, *, who: str = "a") -> Trace:
    found = trace_of(record, event, PLACE, who, always=True)
    assert found
    return found


@given(ids, ids, st.booleans())
def test_what_is_written_is_read_again(trace: int, span: int, sampled: bool) -> None:
    made = Trace(trace_id=f"{trace:032x}", span_id=f"{span:016x}", sampled=sampled)
    assert parse(made.header) == made


@given(st.text())
def test_no_text_is_an_error(text: str) -> None:
    found = parse(text)
    assert found is None or len(found.trace_id) == 32


@pytest.mark.parametrize(
    "text",
    [
        "",
        VALID.upper(),
        f" {VALID}",
        f"{VALID}\n",
        f"{VALID}-",
        f"{VALID}-more",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE[1:]}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-1",
        f"00-{TRACE}-{SPAN}",
        f"0\N{ARABIC-INDIC DIGIT ZERO}-{TRACE}-{SPAN}-01",
    ],
)
def test_what_the_standard_forbids_is_ignored(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize("flags", ["00", "02", "fe"])
def test_of_the_flags_only_the_sampled_one_counts(flags: str) -> None:
    assert parse(f"00-{TRACE}-{SPAN}-{flags}") == Trace(trace_id=TRACE, span_id=SPAN, sampled=False)
    assert parse(f"00-{TRACE}-{SPAN}-0{int(flags, 16) % 8 | 1}") == Trace(trace_id=TRACE, span_id=SPAN)


def test_a_later_version_may_say_more() -> None:
    assert parse(f"cc-{TRACE}-{SPAN}-01-what-ever") == Trace(trace_id=TRACE, span_id=SPAN)


def test_a_producers_span_is_the_parent_of_every_attempt() -> None:
    record = message(("traceparent", VALID.encode()))
    first, second = of(record, who="pod-1"), of(record, who="pod-2")
    assert first.trace_id == second.trace_id == TRACE
    assert first.parent_id == second.parent_id == SPAN
    assert len({first.span_id, second.span_id, SPAN}) == 3


def test_without_one_the_trace_is_the_messages_place() -> None:
    first, second = of(message(), who="pod-1"), of(None, who="pod-2")
    assert first.trace_id == second.trace_id
    assert first.parent_id is None
    assert first.span_id != second.span_id
    for place in (place_of("topic-id", 2, 8), place_of("another-id", 2, 7)):
        other = trace_of(None, None, place, "a", always=True)
        assert other
        assert other.trace_id != first.trace_id


def test_messages_that_one_span_sent_have_spans_of_their_own() -> None:
    record = message(("traceparent", VALID.encode()))
    other = trace_of(record, None, place_of("topic-id", 2, 8), "a", always=True)
    assert other
    assert of(record).trace_id == other.trace_id
    assert of(record).span_id != other.span_id


def test_without_a_producers_there_is_none_unless_it_is_wanted() -> None:
    assert trace_of(message(), None, PLACE, "a", always=False) is None
    assert trace_of(message(("traceparent", VALID.encode())), None, PLACE, "a", always=False)


@pytest.mark.parametrize("header", [b"\xff", b"00-ab", b""])
def test_an_invalid_header_counts_as_none(header: bytes) -> None:
    record = message(("traceparent", header))
    assert of(record) == of(message())
    assert of(record, VALID).trace_id == TRACE


def test_the_last_header_counts_and_before_the_cloud_event() -> None:
    other = VALID.replace("4bf", "abc")
    record = message(("traceparent", other.encode()), ("traceparent", VALID.encode()))
    assert of(record, other).trace_id == TRACE


def test_a_copy_of_a_message_stays_in_its_producers_trace() -> None:
    record = Record(7, value=b"{}", headers=(("traceparent", VALID.encode()),))
    letter = DeadLetter(job_id="j", kind="tool", reason="r", attempts=1, place=Place(2, 7), topic="t")
    for copy in (requeue.copy_of(record, "t", 2), dead_letter.copy_of(record, letter, "t")):
        assert of(Record(8, copy.key, copy.value, copy.headers)).parent_id == SPAN


def test_children_are_told_apart_and_found_again_by_name() -> None:
    root = of(message())
    assert root.child("call/0") == root.child("call/0")
    assert len({root.child(f"call/{n}").span_id for n in range(100)} | {root.span_id}) == 101
    assert root.child("\ud800").parent_id == root.span_id


EVENT = {"specversion": "1.0", "id": "e", "source": "s", "type": "t"}


@pytest.mark.parametrize("value", [VALID, "00-ab", 7, None])
def test_a_cloud_events_traceparent_is_no_unknown_field_and_never_an_error(value: object) -> None:
    data = {"payload": {"mcpServers": {"s": {"command": "s"}}}}
    structured = decode(json.dumps({**EVENT, "traceparent": value, "data": data}).encode())
    assert structured.traceparent == (value if isinstance(value, str) else None)
    assert not structured.unknown_fields
    headers = [(f"ce_{name}", text.encode()) for name, text in EVENT.items()]
    binary = decode(json.dumps(data).encode(), [*headers, ("ce_traceparent", str(value).encode())])
    assert binary.traceparent == str(value)
    assert not binary.unknown_fields

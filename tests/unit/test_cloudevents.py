"""CloudEvents 1.0 that carry an envelope or its payload."""

import base64
import json

import pytest

from corpus import EVENT, TIME, event
from mcp_jobs.core.envelope import Envelope, decode
from mcp_jobs.core.servers import Server, Transport

SERVER = Server(name="time", transport=Transport.STDIO, command="uvx", args=("mcp-server-time",))
BARE = {"time": TIME}
ENVELOPE = {"jobId": "j-1", "tenant": "a", "payload": json.dumps(BARE)}
FROM_ENVELOPE = Envelope(job_id="j-1", tenant="a", servers=(SERVER,))
FROM_PAYLOAD = Envelope(job_id="e-1", servers=(SERVER,))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (ENVELOPE, FROM_ENVELOPE),
        ({"mcpServers": BARE}, FROM_PAYLOAD),
        ({"servers": BARE}, FROM_PAYLOAD),
        ({"payload": {"mcpServers": BARE}}, FROM_PAYLOAD),
        (BARE, FROM_PAYLOAD),
    ],
)
def test_an_event_carries_an_envelope_or_its_payload(data: object, expected: Envelope) -> None:
    text = json.dumps(data)
    attributes = {"subject": "s", "time": "2026-01-01T00:00:00Z", "dataschema": "urn:x"}
    headers = [
        *EVENT,
        ("ce_subject", b"s"),
        ("ce_time", b"t"),
        ("ce_dataschema", b"urn:x"),
        ("trace", b"\xff"),
    ]
    assert decode(event(data=data, **attributes)) == expected
    assert decode(event(data=text)) == expected
    assert decode(event(data_base64=base64.b64encode(text.encode()).decode())) == expected
    assert decode(text.encode(), headers) == expected


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "Application/JSON; charset=utf-8", "text/json", "application/vnd.mcp-jobs.v1+json"],
)
def test_any_content_type_of_json_is_read(content_type: str) -> None:
    headers = [*EVENT, ("Content-Type", content_type.encode()), ("ce_datacontenttype", b"application/json")]
    assert decode(event(data=BARE, datacontenttype=content_type)) == FROM_PAYLOAD
    assert decode(json.dumps(BARE).encode(), headers) == FROM_PAYLOAD


def test_the_names_of_event_headers_have_no_case() -> None:
    headers = [(name.upper(), value) for name, value in EVENT]
    assert decode(json.dumps(BARE).encode(), headers) == FROM_PAYLOAD


def test_the_content_type_tells_a_structured_event_from_a_binary_one() -> None:
    headers = [("ce_specversion", b"1.0"), ("content-type", b"application/cloudevents+json; charset=UTF-8")]
    assert decode(event(data=BARE), headers) == FROM_PAYLOAD


def test_headers_that_are_no_event_are_not_read() -> None:
    headers = [("ce_id", b"\xff"), ("content-type", b"text/plain"), ("ce_specversion", None)]
    assert decode(json.dumps(ENVELOPE).encode(), headers) == FROM_ENVELOPE


@pytest.mark.parametrize("data", [ENVELOPE, {"payload": BARE, "jobId": "j-1"}])
def test_the_tenant_may_be_an_extension_attribute(data: object) -> None:
    assert decode(event(data=data, tenant="a")) == FROM_ENVELOPE
    assert decode(json.dumps(data).encode(), [*EVENT, ("ce_tenant", b"a")]) == FROM_ENVELOPE


def test_other_extension_attributes_are_kept_as_unknown_fields() -> None:
    structured = decode(event(data={**ENVELOPE, "x": 1}, dataref="d"))
    binary = decode(json.dumps({**ENVELOPE, "x": 1}).encode(), [*EVENT, ("ce_dataref", b"d")])
    assert structured.unknown_fields == {"dataref": "d", "data.x": 1}
    assert binary.unknown_fields == {"ce_dataref": "d", "x": 1}

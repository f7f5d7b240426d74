"""The envelope: what messages are accepted, what they mean, and how the others are refused."""

import json
from dataclasses import replace
from typing import Any

import pytest

from corpus import MALFORMED, TIME, Malformed, seed
from mcp_jobs.core.envelope import MAX_BYTES, Call, Envelope, decode
from mcp_jobs.core.errors import EnvelopeError
from mcp_jobs.core.servers import Server, Transport

SERVER = Server(name="time", transport=Transport.STDIO, command="uvx", args=("mcp-server-time",))
SERVERS = {"mcpServers": {"time": TIME}}
ENVELOPE = Envelope(job_id="j-1", servers=(SERVER,))


def message(**fields: Any) -> bytes:
    return json.dumps({"jobId": "j-1", **fields}).encode()


@pytest.mark.parametrize(
    "value",
    [
        message(payload=json.dumps(SERVERS)),
        message(payload=SERVERS),
        message(Payload=SERVERS),
        message(payload={"servers": {"time": TIME}}),
        message(payload={"time": TIME}),
        message(payload={"time": TIME, "mcpServers": None, "calls": []}),
        message(mcpServers={"time": TIME}),
        message(servers={"time": TIME}),
        message(payload=None, servers={"time": TIME}),
        message(payload=SERVERS, job_id="j-1", JobID=None, tenant=None, calls=None),
        json.dumps({"job_id": "j-1", "payload": SERVERS}).encode(),
        json.dumps({"JobID": "j-1", "payload": SERVERS}).encode(),
        b"\xef\xbb\xbf" + message(payload="\ufeff" + json.dumps(SERVERS)),
        message(payload=SERVERS) + b" \r\n",
    ],
)
def test_every_spelling_of_an_envelope_means_the_same(value: bytes) -> None:
    assert decode(value) == ENVELOPE


@pytest.mark.parametrize(
    ("job_id", "expected"),
    [("j" * 200, "j" * 200), (17, "17"), (0, "0"), (10**199, "1" + "0" * 199), ("größe/日 1", "größe/日 1")],
)
def test_a_job_id_is_a_short_text_or_a_whole_number(job_id: object, expected: str) -> None:
    assert decode(seed(SERVERS, jobId=job_id)) == replace(ENVELOPE, job_id=expected)


@pytest.mark.parametrize("tenant", ["a", "team-a", "A.b_c-9", "t" * 63])
def test_a_tenant_is_what_a_label_can_hold(tenant: str) -> None:
    assert decode(seed(SERVERS, tenant=tenant)) == replace(ENVELOPE, tenant=tenant)


def test_a_tenant_may_stand_in_the_payload() -> None:
    assert decode(seed({**SERVERS, "tenant": "a"})) == replace(ENVELOPE, tenant="a")


def test_servers_keep_their_order_and_odd_names() -> None:
    names = ["z", "a", "my server", "größe.日", "a.b[0]"]
    servers = decode(seed({"mcpServers": dict.fromkeys(names, TIME)})).servers
    assert servers == tuple(replace(SERVER, name=name) for name in names)


def test_calls_keep_their_order_and_arguments() -> None:
    items = [
        {"server": "time", "tool": "now"},
        {"server": "time", "tool": "zones", "arguments": {"near": [1, None, {"x": "é"}]}, "timeout": "500ms"},
        {"server": "time", "tool": "now", "arguments": None, "timeout": None},
    ]
    assert decode(seed({**SERVERS, "calls": items})) == replace(
        ENVELOPE,
        calls=(
            Call(server="time", tool="now"),
            Call(
                server="time",
                tool="zones",
                arguments={"near": [1, None, {"x": "é"}]},
                timeout_seconds=0.5,
            ),
            Call(server="time", tool="now"),
        ),
    )


@pytest.mark.parametrize(
    "value",
    [
        message(payload={**SERVERS, "calls": [{"server": "time", "tool": "now"}]}),
        message(payload={"time": TIME, "calls": [{"server": "time", "tool": "now"}]}),
        message(payload=SERVERS, calls=[{"server": "time", "tool": "now"}]),
        message(**SERVERS, calls=[{"server": "time", "tool": "now"}]),
        message(**SERVERS, payload={"calls": [{"server": "time", "tool": "now"}]}),
    ],
)
def test_calls_stand_in_the_payload_or_beside_the_job_id(value: bytes) -> None:
    assert decode(value) == replace(ENVELOPE, calls=(Call(server="time", tool="now"),))


def test_unknown_fields_are_kept_by_path() -> None:
    payload = {
        "mcpServers": {"my time": {**TIME, "icon": None, "trust": True}},
        "calls": [{"server": "my time", "tool": "now", "note": "x"}],
        "inputs": [{"id": "key"}],
    }
    assert decode(seed(payload, priority=10**400, **{"odd key": "é"})) == replace(
        ENVELOPE,
        servers=(replace(SERVER, name="my time"),),
        calls=(Call(server="my time", tool="now"),),
        unknown_fields={
            "payload.mcpServers['my time'].icon": None,
            "payload.mcpServers['my time'].trust": True,
            "payload.calls[0].note": "x",
            "payload.inputs": [{"id": "key"}],
            "priority": 10**400,
            "['odd key']": "é",
        },
    )


def test_a_message_may_have_a_mebibyte_and_not_a_byte_more() -> None:
    start, end = b'{"jobId": "j-1", "payload": {"time": {"command": "uvx"}}, "x": "', b'"}'
    fill = b"x" * (MAX_BYTES - len(start) - len(end))
    assert decode(start + fill + end).unknown_fields == {"x": fill.decode()}
    with pytest.raises(EnvelopeError, match="expected at most 1,048,576 bytes, found 1,048,577"):
        decode(start + fill + b"x" + end)


def test_a_hundred_levels_of_nesting_are_read() -> None:
    nested = (
        b'{"jobId": "j-1", "payload": {"time": {"command": "uvx"}}, "x": ' + b"[" * 100 + b"]" * 100 + b"}"
    )
    assert list(decode(nested).unknown_fields) == ["x"]


def test_64_servers_and_256_calls_are_read() -> None:
    calls = [{"server": "s0", "tool": "now"}] * 256
    envelope = decode(seed({"mcpServers": {f"s{n}": TIME for n in range(64)}, "calls": calls}))
    assert (len(envelope.servers), len(envelope.calls)) == (64, 256)


@pytest.mark.parametrize("malformed", MALFORMED, ids=lambda malformed: malformed.name)
def test_a_malformed_message_is_refused_in_a_sentence(malformed: Malformed) -> None:
    with pytest.raises(EnvelopeError) as refusal:
        decode(malformed.value, malformed.headers)
    assert malformed.fragment in str(refusal.value)
    assert refusal.value.raw == (malformed.value or b"")
    assert len(str(refusal.value)) < 250
    assert str(refusal.value).isprintable()
    assert "s3cr" not in str(refusal.value)


def test_the_names_of_the_corpus_are_unique() -> None:
    assert len({malformed.name for malformed in MALFORMED}) == len(MALFORMED) >= 60

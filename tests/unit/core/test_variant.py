"""A message for another tenant or under another jobId: the rest stays, in whatever form it came."""

import base64
import json
from typing import Any

import pytest

from mcp_jobs.core.envelope import decode
from mcp_jobs.core.errors import EnvelopeError
from mcp_jobs.core.variant import numbered, with_tenant

PAYLOAD = {"mcpServers": {"a": {"command": "true", "args": ["ü", "1e2"]}}}
ENVELOPE = {"jobId": "job", "payload": PAYLOAD}
EVENT = {"specversion": "1.0", "id": "event", "source": "/tests", "type": "job"}
FORMS: dict[str, dict[str, Any]] = {
    "envelope": ENVELOPE,
    "flat": {"job_id": "job", **PAYLOAD},
    "number": {"jobId": 7, "payload": PAYLOAD},
    "text": {"jobId": "job", "payload": json.dumps(PAYLOAD)},
    "tenant inside": {"jobId": "job", "payload": json.dumps(PAYLOAD | {"tenant": "old"})},
    "tenant twice": {"jobId": "job", "tenant": "old", "payload": PAYLOAD | {"tenant": "old"}},
    "event of an envelope": EVENT | {"data": ENVELOPE},
    "event of a payload": EVENT | {"data": PAYLOAD, "tenant": "old"},
    "event of text": EVENT | {"data": json.dumps(ENVELOPE | {"tenant": "old"})},
    "event of base64": EVENT | {"data_base64": base64.b64encode(json.dumps(ENVELOPE).encode()).decode()},
}


def encoded(message: object) -> bytes:
    return json.dumps(message).encode()


@pytest.mark.parametrize("form", FORMS)
def test_the_tenant_is_set_in_every_form(form: str) -> None:
    before = decode(encoded(FORMS[form]))

    after = decode(with_tenant(encoded(FORMS[form]), "new"))

    assert after.tenant == "new"
    assert (after.job_id, after.servers, after.warnings) == (before.job_id, before.servers, before.warnings)


@pytest.mark.parametrize("form", FORMS)
def test_the_job_id_gets_a_number_in_every_form(form: str) -> None:
    before = decode(encoded(FORMS[form]))

    after = decode(numbered(encoded(FORMS[form]), 3))

    assert after.job_id == f"{before.job_id}-3"
    assert (after.tenant, after.servers, after.warnings) == (before.tenant, before.servers, before.warnings)


def test_the_id_of_an_event_is_its_own_in_each_copy() -> None:
    ids = {json.loads(numbered(encoded(EVENT | {"data": ENVELOPE}), n))["id"] for n in (1, 2)}

    assert ids == {"event-1", "event-2"}


def test_a_server_that_is_named_like_a_field_is_left_alone() -> None:
    message = {"jobId": "job", "payload": {"jobId": {"command": "true"}, "id": {"command": "true"}}}

    after = decode(numbered(encoded(message), 1))

    assert [server.name for server in after.servers] == ["jobId", "id"]


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'"text"', b"\xff", b'{"a": 1, "a": 2}'])
def test_what_is_no_json_object_is_refused(text: bytes) -> None:
    with pytest.raises(EnvelopeError):
        with_tenant(text, "new")


@pytest.mark.parametrize("message", [{"payload": PAYLOAD}, EVENT | {"id": None, "data": PAYLOAD}])
def test_what_has_no_job_id_can_not_be_numbered(message: dict[str, Any]) -> None:
    with pytest.raises(EnvelopeError, match="expected a jobId"):
        numbered(encoded(message), 1)

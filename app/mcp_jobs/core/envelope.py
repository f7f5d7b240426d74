"""The envelope: one Kafka message as mcp-jobs understands it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mcp_jobs.core import cloudevents
from mcp_jobs.core.errors import EnvelopeError
from mcp_jobs.core.fields import Field, Fields, Notes, agreed, quoted
from mcp_jobs.core.server_entry import looks_like_server, read_servers
from mcp_jobs.core.servers import Server
from mcp_jobs.core.strict_json import parse_bytes, parse_text
from mcp_jobs.core.timeouts import read_timeout

#: bytes of a message's value
MAX_BYTES = 1024 * 1024
MAX_CALLS = 256
#: characters
MAX_JOB_ID = 200

JOB_ID = ("jobId", "job_id", "JobID")
PAYLOAD = ("payload", "Payload")
SERVERS = ("mcpServers", "servers")

_LABEL_VALUE = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """A tool call to make once the servers are up. `arguments` is a JSON object."""

    server: str
    tool: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    timeout_seconds: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Envelope:
    """One job. `unknown_fields` holds what nobody asked for, by path; `warnings` are for the outcome.

    `traceparent` is its CloudEvent's, as it stands there, and once an attempt works on it the attempt's.
    """

    job_id: str
    tenant: str | None = None
    servers: tuple[Server, ...]
    calls: tuple[Call, ...] = ()
    unknown_fields: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    traceparent: str | None = None


def decode(value: bytes | None, headers: cloudevents.Headers = ()) -> Envelope:
    """The envelope in a Kafka message: the seed form, a CloudEvent around it, or a CloudEvent of its payload.

    Raises:
        EnvelopeError: the message can't be one; the error names the field and keeps the message's bytes.
    """
    raw = value or b""
    try:
        return _decode(raw, headers)
    except EnvelopeError as error:
        raise EnvelopeError(error.field, error.problem, raw, error.job_id) from None


def _decode(raw: bytes, headers: cloudevents.Headers) -> Envelope:
    if not raw:
        raise EnvelopeError("", "expected an envelope, found a message without a value (a tombstone)")
    if len(raw) > MAX_BYTES:
        raise EnvelopeError("", f"expected at most {MAX_BYTES:,} bytes, found {len(raw):,}")
    notes = Notes()
    event = cloudevents.read_headers(headers, notes)
    body = Field("", parse_bytes(raw, ""))
    if event is None and cloudevents.is_structured(body.value):
        event, body = cloudevents.read_structured(body.value, notes)
    return _read_envelope(body, event, notes)


def _read_envelope(body: Field, event: cloudevents.Event | None, notes: Notes) -> Envelope:
    top = Fields(body)
    job_id = _read_job_id(top.take(*JOB_ID), event)
    try:
        return _read_job(job_id, top, event, notes)
    except EnvelopeError as error:  # whoever waits for the job is to find its outcome
        error.job_id = job_id
        raise


def _read_job(job_id: str, top: Fields, event: cloudevents.Event | None, notes: Notes) -> Envelope:
    payload = top.take(*PAYLOAD)
    # Without a payload, its fields stand beside the job id.
    places = [Fields(_parsed(payload)), top] if payload.given else [top]
    tenant = _read_tenant(places, event)
    calls = agreed(*(place.take("calls") for place in places))
    servers = read_servers(_server_map(places, payload), notes)
    known_calls = _read_calls(calls, {server.name: server for server in servers}, notes)
    for place in places:
        notes.keep_rest(place)
    return Envelope(
        job_id=job_id,
        tenant=tenant,
        servers=servers,
        calls=known_calls,
        unknown_fields=notes.unknown_fields,
        warnings=tuple(notes.warnings),
        traceparent=event.traceparent if event else None,
    )


def _parsed(payload: Field) -> Field:
    if isinstance(payload.value, str):
        return Field(payload.path, parse_text(payload.value, payload.path))
    return payload


def _read_job_id(field: Field, event: cloudevents.Event | None) -> str:
    if event and not field.given:
        field = event.id
    field.required("a non-empty string")
    # Many producers number their jobs.
    if isinstance(field.value, int) and not isinstance(field.value, bool):
        field = Field(field.path, str(field.value))
    job_id = field.name()
    if len(job_id) > MAX_JOB_ID:
        raise EnvelopeError(field.path, f"expected at most {MAX_JOB_ID} characters, found {len(job_id)}")
    return job_id


def _read_tenant(places: list[Fields], event: cloudevents.Event | None) -> str | None:
    given = [place.take("tenant") for place in places]
    tenant = agreed(*given, event.tenant) if event else agreed(*given)
    if not tenant.given:
        return None
    # It becomes the label by which tenants are counted.
    if not _LABEL_VALUE.fullmatch(tenant.text()):
        problem = (
            "expected 1 to 63 letters, digits, '-', '_' or '.' that start and end with a letter or digit"
        )
        raise EnvelopeError(tenant.path, f"{problem}, found {quoted(tenant.value)}")
    return tenant.text()


def _server_map(places: list[Fields], payload: Field) -> Field:
    servers = agreed(*(place.take(*SERVERS) for place in places))
    if servers.given:
        return servers
    rest = places[0].rest
    strangers = [field for field in rest.values() if not looks_like_server(field.value)]
    if rest and not strangers:
        return places[0].take_rest()
    if len(strangers) < len(rest):
        raise strangers[0].refuse("a server entry with a command or a url, as its neighbours are")
    raise EnvelopeError(payload.path, "expected mcpServers, servers, or a map of servers, found none of them")


def _read_calls(field: Field, servers: Mapping[str, Server], notes: Notes) -> tuple[Call, ...]:
    calls = field.items()
    if len(calls) > MAX_CALLS:
        raise EnvelopeError(field.path, f"expected at most {MAX_CALLS} calls, found {len(calls)}")
    return tuple(_read_call(Fields(call), servers, notes) for call in calls)


def _read_call(fields: Fields, servers: Mapping[str, Server], notes: Notes) -> Call:
    server = fields.take("server").required("the name of a server")
    tool = fields.take("tool").required("the name of a tool")
    arguments = fields.take("arguments")
    call = Call(
        server=server.name(),
        tool=tool.name(),
        arguments={name: member.value for name, member in arguments.members().items()},
        timeout_seconds=read_timeout(fields.take("timeout"), notes),
    )
    target = servers.get(call.server)
    if target is None:
        raise EnvelopeError(server.path, f"expected a server of this message, found {quoted(call.server)}")
    if target.disabled:
        raise EnvelopeError(server.path, f"expected an enabled server, found {quoted(call.server)} disabled")
    if not target.allows(call.tool):
        problem = f"expected a tool that {quoted(call.server)} does not exclude, found {quoted(call.tool)}"
        raise EnvelopeError(tool.path, problem)
    notes.keep_rest(fields)
    return call

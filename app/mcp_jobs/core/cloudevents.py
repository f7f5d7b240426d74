"""CloudEvents 1.0 around an envelope: structured JSON, or binary with `ce_` headers, as on Kafka."""

import base64
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from mcp_jobs.core.errors import EnvelopeError
from mcp_jobs.core.fields import Field, Fields, Notes, child, quoted
from mcp_jobs.core.strict_json import parse_bytes, parse_text

#: as Kafka has them: a name may repeat, a value may be null
Headers = Sequence[tuple[str, bytes | None]]

_PREFIX = "ce_"
_CONTENT_TYPE = "content-type"
_JSON_TYPE = re.compile(r"(?:[^/;\s]+/)(?:json|[^/;\s]+\+json)\s*(?:;.*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Event:
    """What an envelope takes from its event. `traceparent` is that of the extension Distributed Tracing."""

    id: Field
    tenant: Field
    traceparent: str | None


def read_headers(headers: Headers, notes: Notes) -> Event | None:
    """The event of a message in binary mode; None where the headers make none."""
    given = [(name.lower(), value) for name, value in headers if value is not None]
    # In structured mode headers may repeat the event's attributes. The content type tells.
    structured = any(
        name == _CONTENT_TYPE and value.lower().startswith(b"application/cloudevents")
        for name, value in given
    )
    if structured or f"{_PREFIX}specversion" not in dict(given):
        return None
    return _read_attributes(Fields(Field("", _texts(given))), notes, _PREFIX)


def is_structured(body: Any) -> bool:
    """Whether the JSON of a message is an event in structured mode."""
    return isinstance(body, dict) and body.get("specversion") is not None


def read_structured(body: Any, notes: Notes) -> tuple[Event, Field]:
    """The event of a message in structured mode, and its data."""
    fields = Fields(Field("", body))
    data, encoded = fields.take("data"), fields.take("data_base64")
    event = _read_attributes(fields, notes, "")
    if encoded.given:
        if data.given:
            raise EnvelopeError(encoded.path, "expected either data or data_base64, found both")
        return event, Field(encoded.path, parse_bytes(_base64(encoded), encoded.path))
    if isinstance(data.value, str):
        return event, Field(data.path, parse_text(data.value, data.path))
    return event, data.required("the envelope or its payload")


def _texts(headers: Iterable[tuple[str, bytes]]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for name, value in headers:
        if not name.startswith(_PREFIX) and name != _CONTENT_TYPE:
            continue
        try:
            text = value.decode()
        except UnicodeDecodeError:
            raise EnvelopeError(child("", name), "expected UTF-8 text, found other bytes") from None
        if texts.setdefault(name, text) != text:
            raise EnvelopeError(child("", name), "expected one value, found two")
    return texts


def _read_attributes(fields: Fields, notes: Notes, prefix: str) -> Event:
    _check_version(fields.take(f"{prefix}specversion"))
    identity = fields.take(f"{prefix}id")
    for required in (identity, fields.take(f"{prefix}source"), fields.take(f"{prefix}type")):
        required.required("a non-empty string, as CloudEvents require").name()
    for content_type in (fields.take(f"{prefix}datacontenttype"), fields.take(_CONTENT_TYPE)):
        if content_type.given and not _JSON_TYPE.fullmatch(content_type.text().strip()):
            problem = f"expected application/json, found {quoted(content_type.value)}"
            raise EnvelopeError(content_type.path, problem)
    for optional in ("subject", "time", "dataschema"):
        fields.take(f"{prefix}{optional}")
    trace = fields.take(f"{prefix}traceparent").value
    event = Event(
        id=identity,
        tenant=fields.take(f"{prefix}tenant"),
        traceparent=trace if isinstance(trace, str) else None,  # whatever else it is says nothing
    )
    notes.keep_rest(fields)
    return event


def _check_version(version: Field) -> None:
    if version.text() != "1.0":
        raise EnvelopeError(version.path, f"expected version 1.0, found {quoted(version.value)}")


def _base64(field: Field) -> bytes:
    try:
        return base64.b64decode(field.text(lines=True), validate=True)
    except ValueError:
        raise field.refuse("base64") from None

"""A message once more, for another tenant or under another jobId. All else in it stays as it is."""

import base64
import json
from collections.abc import Callable, Sequence
from typing import Any

from mcp_jobs.core.cloudevents import is_structured
from mcp_jobs.core.envelope import JOB_ID, PAYLOAD
from mcp_jobs.core.errors import EnvelopeError
from mcp_jobs.core.strict_json import parse_bytes, parse_text

_TENANT = "tenant"
_BASE64 = "data_base64"

#: a change of one JSON object, in place
Edit = Callable[[dict[str, Any]], None]


def with_tenant(value: bytes, tenant: str) -> bytes:
    """The message for this tenant, wherever it names one. Raises EnvelopeError where it is no JSON object."""

    def always(part: dict[str, Any]) -> None:
        part[_TENANT] = tenant

    def where_given(part: dict[str, Any]) -> None:
        if part.get(_TENANT) is not None:
            part[_TENANT] = tenant

    return _edited(value, always, where_given, where_given)


def numbered(value: bytes, number: int) -> bytes:
    """The message under the jobId `<jobId>-<number>`. Raises EnvelopeError where it has none."""
    found = []

    def put(part: dict[str, Any], names: Sequence[str]) -> None:
        for name in names:
            if isinstance(part.get(name), str | int):
                part[name] = f"{part[name]}-{number}"
                found.append(name)

    def event(part: dict[str, Any]) -> None:
        if is_structured(part):
            put(part, ("id",))

    edited = _edited(value, event, lambda part: put(part, JOB_ID), lambda part: None)
    if not found:
        raise EnvelopeError(JOB_ID[0], "expected a jobId to put a number to, found none")
    return edited


def _edited(value: bytes, outermost: Edit, envelope: Edit, payload: Edit) -> bytes:
    """The message with its parts edited: the outermost object, the envelope (it or in it), its payload."""
    message = parse_bytes(value, "")
    if not isinstance(message, dict):
        raise EnvelopeError("", f"expected a JSON object, found {type(message).__name__}")

    def whole(part: dict[str, Any]) -> None:
        envelope(part)
        _within(part, PAYLOAD, payload)

    outermost(message)
    if is_structured(message):
        _within(message, ("data", _BASE64), whole)
    else:
        whole(message)
    return _json(message).encode()


def _within(holder: dict[str, Any], names: Sequence[str], edit: Edit) -> None:
    """Edit the objects that are members of these names; what is text stays text."""
    for name in names:
        inner = holder.get(name)
        if isinstance(inner, dict):
            edit(inner)
        elif isinstance(inner, str):
            holder[name] = _edited_text(inner, name, edit)


def _edited_text(text: str, name: str, edit: Edit) -> str:
    if name == _BASE64:
        try:
            part = parse_bytes(base64.b64decode(text, validate=True), name)
        except ValueError:
            raise EnvelopeError(name, "expected base64, found other text") from None
    else:
        part = parse_text(text, name)
    if not isinstance(part, dict):
        return text
    edit(part)
    return base64.b64encode(_json(part).encode()).decode() if name == _BASE64 else _json(part)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)

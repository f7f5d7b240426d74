"""Whatever stands in a message: it is an envelope, or it is refused. Nothing else happens."""

import json
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus import EVENT, NOW, TIME
from mcp_jobs.core.cloudevents import Headers
from mcp_jobs.core.envelope import decode
from mcp_jobs.core.errors import EnvelopeError
from mcp_jobs.core.message_file import read_file

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=8)
FIELDS = [
    *(
        "jobId",
        "payload",
        "tenant",
        "mcpServers",
        "servers",
        "calls",
        "specversion",
        "id",
        "source",
        "type",
        "data",
    ),
    *(
        "command",
        "args",
        "env",
        "url",
        "headers",
        "timeout",
        "disabled",
        "includeTools",
        "server",
        "tool",
        "arguments",
    ),
]
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT | st.sampled_from(["1.0", "uvx", "{}"])
)
ANY_JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS) | ANY_TEXT, inner, max_size=4)
    ),
    max_leaves=12,
)
HEADERS = st.lists(
    st.tuples(st.sampled_from([*dict(EVENT), "content-type"]), st.binary(max_size=4)), max_size=3
)
#: Hypothesis keeps no files of its own, and a slow machine is no failure.
BOUNDED = settings(max_examples=300, deadline=None, database=None)

VALID: Any = {
    "jobId": "j-1",
    "payload": {
        "mcpServers": {
            "time": {**TIME, "env": {"A": "1"}, "timeout": "1s"},
            "web": {"url": "http://h/", "headers": {}},
        },
        "calls": [{**NOW, "arguments": {"q": 1}}],
    },
}


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value inside a JSON value."""
    members = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    return [path, *(place for key, member in members for place in places(member, (*path, key)))]


def with_other(value: Any, path: tuple[Any, ...], other: Any) -> Any:
    """A copy of a JSON value with another value at one path."""
    if not path:
        return other
    copy = value.copy()
    copy[path[0]] = with_other(value[path[0]], path[1:], other)
    return copy


def check(value: bytes, headers: Headers = ()) -> None:
    try:
        envelope = decode(value, headers)
    except EnvelopeError as error:
        refusal = error
    else:
        # An outcome repeats what the envelope holds: it must be JSON in UTF-8.
        assert json.dumps(asdict(envelope), allow_nan=False, ensure_ascii=False).encode()
        return
    assert refusal.raw == value
    assert str(refusal).isprintable()


@BOUNDED
@given(value=st.binary(max_size=60), headers=HEADERS)
def test_any_bytes_are_an_envelope_or_refused(value: bytes, headers: Headers) -> None:
    check(value, headers)


@BOUNDED
@given(value=ANY_JSON, headers=HEADERS)
def test_any_json_is_an_envelope_or_refused(value: Any, headers: Headers) -> None:
    check(json.dumps(value).encode(), headers)


@BOUNDED
@given(place=st.sampled_from(places(VALID)), other=ANY_JSON, nested=st.booleans())
def test_any_value_in_any_place_is_read_or_refused(place: tuple[Any, ...], other: Any, nested: bool) -> None:
    message = with_other(VALID, place, other)
    if nested and isinstance(message, dict) and "payload" in message:
        message["payload"] = json.dumps(message["payload"])
    check(json.dumps(message).encode())


def test_the_message_that_is_varied_is_valid() -> None:
    assert len(decode(json.dumps(VALID).encode()).servers) == 2


@BOUNDED
@given(text=st.text(max_size=60) | ANY_JSON.map(json.dumps), name=st.text(max_size=8))
def test_any_file_gives_messages(text: str, name: str) -> None:
    for value in read_file(text, name, lambda: "1"):
        check(value)


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"a":'])
def test_a_million_brackets_are_refused(opening: bytes) -> None:
    with pytest.raises(EnvelopeError, match="expected at most 100 levels of nesting"):
        decode(opening * (1_000_000 // len(opening)))

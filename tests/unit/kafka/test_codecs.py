"""kafka-python generates its encoders and decoders at their first use: ours are made before the claim."""

from contextlib import closing
from struct import error
from types import SimpleNamespace
from typing import Any

import pytest
from kafka.protocol.api_header import ResponseClassRegistry
from kafka.protocol.schemas.fields import struct

from mcp_jobs.adapters.kafka.connection import Connection
from mcp_jobs.adapters.kafka.session import Session
from mcp_jobs.adapters.kafka.wire import VERSIONS


@pytest.mark.parametrize(
    ("request_kind", "version"), VERSIONS.items(), ids=lambda x: getattr(x, "__name__", x)
)
def test_in_a_session_neither_request_nor_answer_waits_for_a_codec(
    request_kind: Any, version: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    header = SimpleNamespace(request_api_key=request_kind.API_KEY, request_api_version=version)
    answer_kind = ResponseClassRegistry.get_response_class(header)
    for kind in (request_kind, answer_kind):
        kind._struct._compiled_encoders.clear()
    with closing(Connection({"bootstrap_servers": ["127.0.0.1:9"]})) as connection:
        Session(connection, "topic")

    def compiled(source: str, name: str, mode: str) -> None:
        raise AssertionError(f"{name} is generated in the midst of a claim")

    monkeypatch.setattr(struct, "compile", compiled, raising=False)
    assert request_kind(version=version).encode()
    with pytest.raises((IndexError, error)):  # there is no answer in nothing
        answer_kind.decode(b"")

"""Spans on their way to a collector."""

from collections.abc import Iterator

import pytest
from loguru import logger

from integration.tracing.collector import Collector
from mcp_jobs.adapters import otlp
from mcp_jobs.core.failure import Failure, FailureClass
from mcp_jobs.core.spans import Kind, Span
from mcp_jobs.core.trace import Trace

NOWHERE = "http://user:hush@127.0.0.1:1/v1/traces"


def span(name: str = "a", failure: Failure | None = None) -> Span:
    trace = Trace(trace_id="a" * 32, span_id="b" * 16)
    attributes: dict[str, str | int] = {"text": name, "number": 2**53}
    return Span(
        name=name, kind=Kind.CLIENT, trace=trace, period=(1, 2), attributes=attributes, failure=failure
    )


@pytest.fixture
def said() -> Iterator[list[str]]:
    lines: list[str] = []
    sink = logger.add(lines.append, format="{message}")
    yield lines
    logger.remove(sink)


def test_texts_of_a_message_never_keep_a_span_from_being_sent(collector: Collector) -> None:
    failure = Failure(kind=FailureClass.TOOL, message="half \udc00\nline", retriable=False)
    to = otlp.Collector(f"{collector.url}/v1/traces", {})
    to.send([span("half a pair: \ud800", failure), span("\x00" + "x" * 100_000)])
    to.close()

    first, second = collector.spans(2)
    assert (first.name, first.attributes["number"]) == ("half a pair:  ", 2**53)
    assert first.error == "half   line"
    assert len(second.name) < 3_000


@pytest.mark.parametrize("endpoint", [NOWHERE, NOWHERE.removeprefix("http://")])
def test_what_can_not_be_sent_is_told_once_and_without_a_login(said: list[str], endpoint: str) -> None:
    to = otlp.Collector(endpoint, {})
    to.send([span()])
    to.send([span()])
    to.close()

    [line] = said
    assert "127.0.0.1:1/v1/traces did not take them" in line
    assert "hush" not in line


def test_headers_that_are_none_are_told_but_not_quoted(
    said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "Bearer hush")
    to = otlp.Collector(NOWHERE, {})
    to.send([span()])
    to.close()

    [line] = said
    assert "OTEL_EXPORTER_OTLP_HEADERS must be name=value" in line
    assert "hush" not in line


def test_a_collectors_refusal_is_told_in_its_words(said: list[str], collector: Collector) -> None:
    to = otlp.Collector(f"{collector.url}/elsewhere", {})
    to.send([span()])
    to.close()

    [line] = said
    assert "404" in line

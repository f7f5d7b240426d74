"""Where traces go, as OpenTelemetry's variables say it."""

import pytest

from mcp_jobs.settings import TracingSettings


@pytest.mark.parametrize(
    ("variables", "endpoint"),
    [
        ({}, ""),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"}, "http://c:4318/v1/traces"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318/x/"}, "http://c:4318/x/v1/traces"),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c/t"}, "http://c/t"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_SDK_DISABLED": "True"}, ""),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_TRACES_EXPORTER": "none"}, ""),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_SDK_DISABLED": "what?"}, "http://c/v1/traces"),
    ],
)
def test_traces_go_where_opentelemetrys_variables_say(
    variables: dict[str, str], endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for field in TracingSettings.model_fields:
        monkeypatch.delenv(f"OTEL_{field}".upper(), raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert TracingSettings().endpoint == endpoint

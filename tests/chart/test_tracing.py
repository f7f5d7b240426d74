"""Traces: to whom the chart says where they go."""

import pytest

from chart.pods import containers, env, pod_specs
from chart.render import Object, Release, render

VALUES = {
    "tracing.endpoint": "http://collector:4318",
    "tracing.headersSecret.name": "otel",
    "tracing.headersSecret.key": "login",
}


def told(release: Release) -> dict[str, dict[str, str]]:
    """What each container is told of traces, by the command it runs."""
    return {
        container["args"][0]: {name: value for name, value in env(container).items() if "OTEL" in name}
        for _, spec in pod_specs(release)
        for container in containers(spec)
        if container.get("args")
    }


def ports(spec: Object) -> set[int]:
    return {port["port"] for rule in spec["egress"] for port in rule["ports"]}


def test_by_default_nobody_traces() -> None:
    assert not any(told(render()).values())


def test_runner_and_helper_alone_get_the_collectors_address_and_login() -> None:
    login = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318",
        "OTEL_EXPORTER_OTLP_HEADERS": "otel/login",
    }
    found = told(render(VALUES))
    assert {"runner", "admission", "servers"} <= found.keys()
    assert {command for command, given in found.items() if given} == {"runner", "admission"}
    assert found["runner"] == found["admission"] == login


def test_a_collector_without_a_login_needs_no_secret() -> None:
    found = told(render({"tracing.endpoint": "http://collector:4318"}))
    assert found["runner"] == {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}


@pytest.mark.parametrize(
    ("endpoint", "port"),
    [("http://collector:4318", 4318), ("https://otel.example.com/x", 443), ("http://[::1]:99/x", 99)],
)
def test_network_policies_let_traces_through(endpoint: str, port: int) -> None:
    release = render({"networkPolicy.enabled": True, "tracing.endpoint": endpoint})
    for name in ("-runner", "-admission"):
        assert port in ports(release.one("NetworkPolicy", name)["spec"])

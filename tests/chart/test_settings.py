"""The environment of pods and the settings: every name is a field, every field is set or left on purpose."""

from pathlib import Path

import pytest
from pydantic_settings import BaseSettings

from chart.pods import containers, env, pod_specs
from chart.render import ALL_VALUES, CHART, EXAMPLES, Object, render
from mcp_jobs.settings import (
    AdmissionSettings,
    InitSettings,
    KafkaSettings,
    RunnerSettings,
    ServersSettings,
    TracingSettings,
)

SETTINGS: tuple[type[BaseSettings], ...] = (
    AdmissionSettings,
    InitSettings,
    KafkaSettings,
    RunnerSettings,
    ServersSettings,
    TracingSettings,
)

#: which settings a container reads
READS: dict[str, tuple[type[BaseSettings], ...]] = {
    "runner": (KafkaSettings, RunnerSettings, ServersSettings, TracingSettings),
    "servers": (ServersSettings,),
    "admission": (KafkaSettings, AdmissionSettings, TracingSettings),
    "init": (KafkaSettings, InitSettings),
    "submit": (KafkaSettings,),
}

#: not set in any pod, each for a reason
LEFT_OUT = {
    "SERVERS_CWD_ROOT",  # the working directory is the root
    "INIT_START_MISSING",  # a decision for a person, not for every upgrade
    "ADMISSION_PAGE_ADDRESS",  # the Service needs the pod's
    # the endpoint tells whether there are traces
    *("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_TRACES_EXPORTER", "OTEL_SDK_DISABLED"),
    # a re-run by hand of one message
    *("KAFKA_PARTITION", "KAFKA_OFFSET"),
    # the login comes from KAFKA_CREDENTIALS_DIR
    *(f"KAFKA_{name}" for name in ("SASL_USERNAME", "SASL_PASSWORD")),
    *(f"KAFKA_SSL_{name}" for name in ("CAFILE", "CERTFILE", "KEYFILE")),
    # the defaults are where the chart mounts these files
    "SERVERS_ENV_FILE_ROOT",
    *(f"ADMISSION_{name}_FILE" for name in ("CERT", "KEY", "CA", "POLICY", "WORKLOADS")),
}

GIVEN_BY_USERS = {"HTTPS_PROXY", "TZ"}  # the all-values file's extraEnv
READ_BY_THE_SDK = {"OTEL_EXPORTER_OTLP_HEADERS"}


def names(settings: type[BaseSettings]) -> set[str]:
    prefix = settings.model_config["env_prefix"]
    return {f"{prefix}{field}".upper() for field in settings.model_fields}


def reader(container: Object) -> str:
    argument: str = container["args"][0]
    return argument


def pods_containers(file: Path | None) -> list[Object]:
    release = render(None, file) if file else render()
    return [
        container for _, spec in pod_specs(release) for container in containers(spec) if container.get("args")
    ]


@pytest.mark.parametrize("file", [*EXAMPLES, None], ids=lambda file: file.stem if file else "defaults")
def test_every_variable_of_a_pod_is_a_field_of_the_settings_its_command_reads(file: Path | None) -> None:
    found = pods_containers(file)
    assert {reader(container) for container in found} == READS.keys()
    for container in found:
        known = set[str]().union(*(names(settings) for settings in READS[reader(container)]))
        assert env(container).keys() - known <= GIVEN_BY_USERS | READ_BY_THE_SDK, reader(container)


def test_every_field_is_set_by_the_chart_or_left_out_on_purpose() -> None:
    given = {name for file in EXAMPLES for container in pods_containers(file) for name in env(container)}
    fields = set[str]().union(*map(names, SETTINGS))
    assert fields - given == LEFT_OUT
    assert not given & LEFT_OUT


@pytest.mark.parametrize("file", [*EXAMPLES, None], ids=lambda file: file.stem if file else "defaults")
def test_the_settings_accept_what_the_chart_sets(file: Path | None, monkeypatch: pytest.MonkeyPatch) -> None:
    for container in pods_containers(file):
        with monkeypatch.context() as patch:
            for settings in SETTINGS:
                for name in names(settings):
                    patch.delenv(name, raising=False)
            for name, value in env(container).items():
                patch.setenv(name, value)
            for settings in READS[reader(container)]:
                settings()


def test_a_pod_says_no_more_than_its_defaults_where_values_say_nothing() -> None:
    """The chart's defaults and the settings' own are the same, so that the docs of either hold for both."""
    for container in pods_containers(None):
        given = env(container)
        for settings in READS[reader(container)]:
            prefix = settings.model_config["env_prefix"]
            for field, info in settings.model_fields.items():
                value = given.get(f"{prefix}{field}".upper())
                if type(info.default) in {int, float} and value and field != "claimed_port":
                    assert float(value) == info.default, field
                if (
                    field in {"base_env", "consumer_group", "topic", "log_level", "security_protocol"}
                    and value
                ):
                    assert value == info.default, field


def test_files_are_mounted_where_the_helper_looks_for_them() -> None:
    deployment = render().one("Deployment")
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    mounts = {mount["mountPath"] for mount in container["volumeMounts"]}
    fields = AdmissionSettings.model_fields
    for field in ("cert_file", "key_file", "ca_file", "policy_file", "workloads_file"):
        assert str(fields[field].default.parent) in mounts, field
    config = render().one("ConfigMap", "-policy")["data"]
    assert {fields["policy_file"].default.name, fields["workloads_file"].default.name} == config.keys()
    tls = render().one("Secret", "-tls")["data"]
    assert {fields[field].default.name for field in ("cert_file", "key_file", "ca_file")} == tls.keys()


def test_ports_are_those_that_the_helper_listens_on() -> None:
    (container,) = render(None, ALL_VALUES).one("Deployment")["spec"]["template"]["spec"]["containers"]
    ports = {port["name"]: str(port["containerPort"]) for port in container["ports"]}
    assert ports == {
        "https": env(container)["ADMISSION_PORT"],
        "metrics": env(container)["ADMISSION_METRICS_PORT"],
        "page": env(container)["ADMISSION_PAGE_PORT"],
    }


def test_the_chart_is_of_the_products_version() -> None:
    from mcp_jobs import __version__

    chart = (CHART / "Chart.yaml").read_text(encoding="utf-8")
    assert f'appVersion: "{__version__}"' in chart
    (container,) = render().one("Deployment")["spec"]["template"]["spec"]["containers"]
    assert container["image"] == f"mcp-jobs:{__version__}"

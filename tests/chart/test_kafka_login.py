"""One login for KEDA's trigger, runners, helper and hooks."""

import base64
from typing import Any

import pytest

from chart.pods import containers, env, pod_specs
from chart.render import CHART, Object, Release, render

MECHANISMS = {
    "PLAIN": "plaintext",
    "SCRAM-SHA-256": "scram_sha256",
    "SCRAM-SHA-512": "scram_sha512",
    "OAUTHBEARER": "oauthbearer",
}
PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
KEY = "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n"


def login(**values: Any) -> Release:
    return render({f"kafka.{key}": value for key, value in values.items()})


def trigger(release: Release) -> Any:
    return release.one("ScaledJob")["spec"]["triggers"][0]


def parameters(release: Release) -> dict[str, str]:
    """parameter -> key of the Secret"""
    (authentication,) = release.of_kind("TriggerAuthentication")
    return {entry["parameter"]: entry["key"] for entry in authentication["spec"]["secretTargetRef"]}


def our_containers(release: Release) -> list[tuple[Object, Object]]:
    """Those that speak Kafka: all but the one that a message's servers run in."""
    found = [(spec, container) for _, spec in pod_specs(release) for container in containers(spec)]
    return [(spec, container) for spec, container in found if container["name"] != "servers"]


def test_without_a_login_there_is_no_secret_and_no_authentication() -> None:
    release = render()
    assert release.of_kind("TriggerAuthentication") == []
    assert [secret["metadata"]["name"] for secret in release.of_kind("Secret")] == ["mcp-jobs-admission-tls"]
    assert "authenticationRef" not in trigger(release)
    for _, container in our_containers(release):
        assert "KAFKA_CREDENTIALS_DIR" not in env(container)


@pytest.mark.parametrize("protocol", ["SASL_SSL", "SASL_PLAINTEXT"])
@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_every_sasl_mechanism_is_spelled_for_keda_and_for_the_runner(mechanism: str, protocol: str) -> None:
    release = login(securityProtocol=protocol, saslMechanism=mechanism, existingSecret="login")
    metadata = trigger(release)["metadata"]
    assert metadata["sasl"] == MECHANISMS[mechanism]
    assert metadata["tls"] == ("enable" if protocol == "SASL_SSL" else "disable")
    assert trigger(release)["authenticationRef"] == {
        "name": release.one("TriggerAuthentication")["metadata"]["name"]
    }
    names = {"username", "password"}
    names |= {"oauthTokenEndpointUri", "scopes"} if mechanism == "OAUTHBEARER" else set()
    names |= {"ca", "cert", "key"} if protocol == "SASL_SSL" else set()
    assert parameters(release) == {name: name for name in names}
    for _, container in our_containers(release):
        assert env(container)["KAFKA_SASL_MECHANISM"] == mechanism
        assert env(container)["KAFKA_SECURITY_PROTOCOL"] == protocol


def test_mutual_tls_needs_no_sasl() -> None:
    release = login(securityProtocol="SSL", existingSecret="login")
    assert parameters(release) == {name: name for name in ("ca", "cert", "key")}
    assert trigger(release)["metadata"]["sasl"] == "none"


def test_tls_with_an_authority_that_everybody_knows_needs_no_secret() -> None:
    release = login(securityProtocol="SSL")
    assert trigger(release)["metadata"]["tls"] == "enable"
    assert "authenticationRef" not in trigger(release)
    assert release.of_kind("TriggerAuthentication") == []


def test_every_pod_that_speaks_kafka_mounts_the_same_secret_as_files() -> None:
    release = login(securityProtocol="SASL_SSL", saslMechanism="SCRAM-SHA-512", existingSecret="login")
    found = our_containers(release)
    assert len(found) == 4  # runner, helper, install hook, test
    for spec, container in found:
        directory = env(container)["KAFKA_CREDENTIALS_DIR"]
        (mount,) = [mount for mount in container["volumeMounts"] if mount["mountPath"] == directory]
        assert mount["readOnly"] is True
        (volume,) = [volume for volume in spec["volumes"] if volume["name"] == mount["name"]]
        assert volume["secret"] == {"secretName": "login", "defaultMode": 0o440}


def test_the_chart_makes_the_secret_from_values_under_kedas_names() -> None:
    given = {
        "username": "me",
        "password": "päss:word\n",
        "oauthTokenEndpointUri": "https://login",
        "scopes": "a,b",
        "ca": PEM,
        "cert": PEM,
        "key": KEY,
    }
    release = login(securityProtocol="SASL_SSL", saslMechanism="OAUTHBEARER", credentials=given)
    secret = release.one("Secret", "-kafka")
    assert {key: base64.b64decode(value).decode() for key, value in secret["data"].items()} == given
    assert set(parameters(release)) == given.keys()
    sources = release.one("TriggerAuthentication")["spec"]["secretTargetRef"]
    assert {entry["name"] for entry in sources} == {secret["metadata"]["name"]}


def test_the_container_of_the_servers_gets_no_login() -> None:
    release = login(securityProtocol="SASL_SSL", saslMechanism="SCRAM-SHA-512", existingSecret="login")
    pod = release.one("ScaledJob")["spec"]["jobTargetRef"]["template"]["spec"]
    (servers,) = [container for container in pod["containers"] if container["name"] == "servers"]
    assert not [name for name in env(servers) if name.startswith("KAFKA_")]
    assert not [mount for mount in servers["volumeMounts"] if mount["name"] == "kafka"]


def test_no_credential_is_anywhere_but_in_the_secret() -> None:
    canary = "canary-9f2c"
    given = {"username": f"{canary}-user", "password": f"{canary}-password"}
    release = login(securityProtocol="SASL_SSL", saslMechanism="PLAIN", credentials=given)
    assert [found["kind"] for found in release if canary in str(found)] == []


def test_the_helper_gets_no_login_when_it_does_not_reconcile() -> None:
    release = render({"admission.reconcile": False}, CHART / "values-production.yaml")
    spec = release.one("Deployment")["spec"]["template"]["spec"]
    (container,) = spec["containers"]
    assert not [name for name in env(container) if name.startswith("KAFKA_")]
    assert not [volume for volume in spec["volumes"] if volume["name"] == "kafka"]


@pytest.mark.parametrize("brokers", ["a:1,b:2", "a:1, b:2", ["a:1", "b:2"]])
def test_brokers_are_a_list_or_a_string(brokers: object) -> None:
    release = login(brokers=brokers)
    assert trigger(release)["metadata"]["bootstrapServers"] == "a:1,b:2"
    for _, container in our_containers(release):
        assert env(container)["KAFKA_BROKERS"] == "a:1,b:2"

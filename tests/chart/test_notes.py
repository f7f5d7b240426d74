"""What a person reads after an install."""

from pathlib import Path
from typing import Any

import pytest

from chart.fake_api import api_server
from chart.render import BROKERS, CHART, NAMESPACE, helm, options

#: (values, what is said of them)
WARNINGS: list[tuple[dict[str, Any], str]] = [
    ({"admission.enabled": False}, "what a dead Job left claimed is never settled"),
    ({"admission.reconcile": False}, "what a dead Job left claimed is never settled"),
    ({"admission.failurePolicy": "Ignore"}, "Jobs start without caps"),
    ({"admission.replicas": 1}, "no Job starts while that one pod is away"),
    ({"policy.mode": "audit"}, "nothing is denied"),
    ({"init.enabled": False}, "until somebody commits an offset"),
    ({}, "kafka.securityProtocol is PLAINTEXT"),
    ({}, "networkPolicy.enabled is false"),
    ({"defaults.paused": True}, "workloads.default.paused is true"),
    ({"defaults.scaling.activationLagThreshold": 3}, "the last 3 messages wait"),
    ({"defaults.scaling.lagThreshold": 3}, "fewer Jobs at once"),
    ({"defaults.scaling.pollingInterval": 60}, "waits up to 60 seconds"),
    ({"defaults.maxAttempts": 5}, "leaves no room for 5 attempts of 900 seconds"),
    (
        {"defaults.job.ttlSecondsAfterFinished": 10, "policy.ttlSecondsAfterFinished.min": 0},
        "vanish before anybody",
    ),
    ({"policy.maxActiveJobs": 10}, "KEDA reports the Jobs in between as denied"),
    ({"resourceQuota.hard": {"count/jobs.batch": "5"}}, "counts finished ones too"),
    (
        {
            "kafka.securityProtocol": "SASL_PLAINTEXT",
            "kafka.saslMechanism": "PLAIN",
            "kafka.credentials": {"username": "me", "password": "secret"},
        },
        "the login cross the network unencrypted",
    ),
    (
        {"kafka.securityProtocol": "SSL", "kafka.credentials.ca": "-----BEGIN CERTIFICATE-----\nA\n"},
        "kept in Helm's release Secret too",
    ),
]


def notes(directory: Path, *files: Path, **values: Any) -> str:
    with api_server(directory) as kubeconfig:
        output = helm(
            "install", "mine", str(CHART), "--namespace", NAMESPACE, "--dry-run=client",
            "--disable-openapi-validation", *options(files, ({} if files else BROKERS, values)),
            kubeconfig=kubeconfig,
        )  # fmt: skip
    return output.partition("NOTES:")[2]


def test_the_three_commands_to_type_next_are_shown_for_this_release(tmp_path: Path) -> None:
    lines = notes(tmp_path).splitlines()
    commands = [line.strip() for line in lines if line.strip().startswith(("helm ", "kubectl "))]
    assert [command.split()[:2] for command in commands] == [
        ["helm", "test"],
        ["kubectl", "get"],
        ["kubectl", "get"],
    ]
    assert "mine" in commands[0].split()
    assert all(f"--namespace {NAMESPACE}" in command for command in commands)


def test_the_settings_of_keda_for_bursts_are_shown(tmp_path: Path) -> None:
    text = notes(tmp_path)
    for setting in (
        "--kube-api-qps=200",
        "--kube-api-burst=400",
        "KEDA_KUBERNETES_API_TIMEOUT=30s",
        "about 130",
    ):
        assert setting in text


def test_who_has_the_page_is_told_how_to_see_it(tmp_path: Path) -> None:
    command = f"kubectl port-forward --namespace {NAMESPACE} service/mine-mcp-jobs-admission 8080:page"
    assert command in notes(tmp_path, **{"admission.page.enabled": True})
    assert "port-forward" not in notes(tmp_path)


def test_every_workload_is_named_with_its_topics(tmp_path: Path) -> None:
    text = notes(tmp_path, CHART / "values-multi-tenant.yaml")
    assert "acme-bulk: topic acme.bulk -> acme.bulk.outcomes, acme.bulk.dead-letters" in text
    assert "globex: topic globex.jobs" in text


def test_no_credential_is_shown(tmp_path: Path) -> None:
    credentials = {"username": "canary-user", "password": "canary-password"}
    values = {
        "kafka.securityProtocol": "SASL_SSL",
        "kafka.saslMechanism": "PLAIN",
        "kafka.credentials": credentials,
    }
    assert "canary" not in notes(tmp_path, **values)


@pytest.mark.parametrize(("values", "sentence"), WARNINGS, ids=[sentence for _, sentence in WARNINGS])
def test_a_risky_value_is_pointed_out(values: dict[str, Any], sentence: str, tmp_path: Path) -> None:
    text = notes(tmp_path, **values)
    assert sentence in " ".join(text.partition("Mind:")[2].split())
    assert "%!" not in text


def test_production_is_told_nothing(tmp_path: Path) -> None:
    assert "Mind:" not in notes(tmp_path, CHART / "values-production.yaml")

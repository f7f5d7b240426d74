"""The webhooks' certificate: made by the chart and kept, by cert-manager, or given."""

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from chart.fake_api import api_server
from chart.render import BROKERS, CHART, KUBERNETES, NAMESPACE, Object, Release, helm, options, render

HOST = f"mcp-jobs-admission.{NAMESPACE}.svc"
WEBHOOKS = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")
PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"


def upgrade(directory: Path, secret: Object, **values: object) -> Release:
    """What `helm upgrade` would install where that Secret is."""
    there = secret | {"metadata": secret["metadata"] | {"namespace": NAMESPACE}}
    with api_server(directory, there) as kubeconfig:
        output = helm(
            "template", "mcp-jobs", str(CHART), "--namespace", NAMESPACE, "--kube-version", KUBERNETES,
            "--dry-run=server", "--disable-openapi-validation",
            *options((), (BROKERS, values)),
            kubeconfig=kubeconfig,
        )  # fmt: skip
    return Release(tuple(found for found in yaml.load_all(output, yaml.CSafeLoader) if found))


def tls(release: Release) -> Object:
    return release.one("Secret", "-tls")


def certificates(secret: Object, key: str) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(base64.b64decode(secret["data"][key]))


def expiring(secret: Object, *, days: int) -> Object:
    annotations = secret["metadata"]["annotations"] | {
        "mcp-jobs.io/expires": (datetime.now(UTC) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
    }
    return secret | {"metadata": secret["metadata"] | {"annotations": annotations}}


def test_the_certificate_is_the_services_and_signed_by_the_authority_beside_it() -> None:
    secret = tls(render())
    (own,), (authority,) = certificates(secret, "tls.crt"), certificates(secret, "ca.crt")
    names = own.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert HOST in names.get_values_for_type(x509.DNSName)
    own.verify_directly_issued_by(authority)
    assert authority.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_the_key_is_the_certificates() -> None:
    secret = tls(render())
    key: Any = load_pem_private_key(base64.b64decode(secret["data"]["tls.key"]), None)
    (own,) = certificates(secret, "tls.crt")
    assert key.public_key() == own.public_key()


def test_both_webhooks_trust_the_authority_of_the_secret() -> None:
    release = render()
    for kind in WEBHOOKS:
        (webhook,) = release.one(kind)["webhooks"]
        assert webhook["clientConfig"]["caBundle"] == tls(release)["data"]["ca.crt"]


def test_the_secret_says_when_it_ends() -> None:
    secret = tls(render({"admission.certificates.validityDays": 400}))
    (own,) = certificates(secret, "tls.crt")
    said = datetime.fromisoformat(secret["metadata"]["annotations"]["mcp-jobs.io/expires"])
    assert abs(said - own.not_valid_after_utc) < timedelta(minutes=5)
    assert abs(said - datetime.now(UTC) - timedelta(days=400)) < timedelta(hours=1)


def test_an_upgrade_keeps_the_certificate_and_changes_nothing_at_all(tmp_path: Path) -> None:
    first = render()
    second = upgrade(tmp_path, tls(first))
    assert second.objects == first.objects


def test_an_upgrade_renews_a_certificate_that_ends_soon(tmp_path: Path) -> None:
    old = expiring(tls(render()), days=364)
    new = tls(upgrade(tmp_path, old))
    assert new["data"]["tls.crt"] != old["data"]["tls.crt"]
    (own,) = certificates(new, "tls.crt")
    assert own.not_valid_after_utc > datetime.now(UTC) + timedelta(days=1800)


def test_a_certificate_that_ends_later_is_not_renewed(tmp_path: Path) -> None:
    old = expiring(tls(render()), days=366)
    assert tls(upgrade(tmp_path, old))["data"] == old["data"]


def test_the_old_authority_stays_trusted_until_pods_have_the_new_certificate(tmp_path: Path) -> None:
    old = expiring(tls(render()), days=1)
    release = upgrade(tmp_path, old)
    new_authority, old_authority = certificates(tls(release), "ca.crt")
    certificates(tls(release), "tls.crt")[0].verify_directly_issued_by(new_authority)
    assert [old_authority] == certificates(old, "ca.crt")
    again = upgrade(tmp_path, expiring(tls(release), days=1))
    assert len(certificates(tls(again), "ca.crt")) == 2, "old authorities must not pile up"


def test_the_upgrade_after_a_renewal_changes_nothing(tmp_path: Path) -> None:
    renewed = upgrade(tmp_path, expiring(tls(render()), days=1))
    assert upgrade(tmp_path, tls(renewed)).objects == renewed.objects


def test_a_certificate_for_another_service_is_not_kept(tmp_path: Path) -> None:
    old = tls(render())
    annotations = old["metadata"]["annotations"] | {"mcp-jobs.io/host": "other.jobs.svc"}
    moved = old | {"metadata": old["metadata"] | {"annotations": annotations}}
    assert tls(upgrade(tmp_path, moved))["data"]["tls.crt"] != old["data"]["tls.crt"]


def test_cert_manager_makes_the_secret_that_the_pod_mounts() -> None:
    release = render({"admission.certificates.source": "certManager"})
    assert release.of_kind("Secret") == []
    certificate = release.one("Certificate", "-admission")
    volumes = release.one("Deployment")["spec"]["template"]["spec"]["volumes"]
    assert certificate["spec"]["secretName"] in [
        volume.get("secret", {}).get("secretName") for volume in volumes
    ]
    assert HOST in certificate["spec"]["dnsNames"]
    issuers = {issuer["metadata"]["name"] for issuer in release.of_kind("Issuer")}
    assert {found["spec"]["issuerRef"]["name"] for found in release.of_kind("Certificate")} == issuers
    for kind in WEBHOOKS:
        found = release.one(kind)
        injected = found["metadata"]["annotations"]["cert-manager.io/inject-ca-from"]
        assert injected == f"{NAMESPACE}/{certificate['metadata']['name']}"
        assert "caBundle" not in found["webhooks"][0]["clientConfig"]


def test_cert_manager_may_use_an_issuer_that_exists() -> None:
    issuer = {"name": "company", "kind": "ClusterIssuer", "group": "cert-manager.io"}
    values = {"admission.certificates.source": "certManager", "admission.certificates.issuerRef": issuer}
    release = render(values)
    assert release.of_kind("Issuer") == []
    assert release.one("Certificate")["spec"]["issuerRef"] == issuer


@pytest.mark.parametrize("kind", WEBHOOKS)
def test_a_secret_that_exists_is_mounted_and_its_authority_trusted(kind: str) -> None:
    values = {"source": "existingSecret", "existingSecret": "mine", "caBundle": PEM}
    release = render({f"admission.certificates.{key}": value for key, value in values.items()})
    assert release.of_kind("Secret") == []
    volumes = release.one("Deployment")["spec"]["template"]["spec"]["volumes"]
    assert "mine" in [volume.get("secret", {}).get("secretName") for volume in volumes]
    (webhook,) = release.one(kind)["webhooks"]
    assert base64.b64decode(webhook["clientConfig"]["caBundle"]).decode() == PEM

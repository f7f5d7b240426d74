"""Whatever the chart renders, a real API server takes: strictly validated, its pods under `restricted`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from chart.pods import pod_templates
from chart.render import EXAMPLES, Object, documents
from integration.kubernetes.api import Refused
from integration.kubernetes.kinds import Kinds
from integration.kubernetes.objects import namespace

RESTRICTED = "restricted"
STRICT = "?dryRun=All&fieldValidation=Strict"
LABELS = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn")}

LOGIN = {"securityProtocol": "SASL_SSL", "saslMechanism": "SCRAM-SHA-512", "existingSecret": "login"}
CASES: dict[str, tuple[dict[str, Any] | None, tuple[Path, ...]]] = {
    "defaults": (None, ()),
    **{file.stem: (None, (file,)) for file in EXAMPLES},
    "certificates of cert-manager": ({"admission.certificates.source": "certManager"}, ()),
    "a login": ({f"kafka.{key}": value for key, value in LOGIN.items()}, ()),
}


@pytest.fixture(scope="module")
def restricted(kinds: Kinds) -> Kinds:
    """With a namespace whose pods must be `restricted`, and the classes that the examples name."""
    place = namespace(RESTRICTED)
    place["metadata"]["labels"] = LABELS
    priority = {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "value": 1}
    classes = [priority | {"metadata": {"name": name}} for name in ("batch", "urgent")]
    runtime = {"apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass", "handler": "runsc"}
    for found in (place, *classes, runtime | {"metadata": {"name": "gvisor"}}):
        kinds.api.apply(kinds.path(found, ""), found)
    return kinds


def problems(kinds: Kinds, texts: list[str]) -> Iterator[str]:
    """What the API server has against objects, and against the pods that are made from them."""
    for text in texts:
        found = yaml.load(text, yaml.CSafeLoader)
        yield from told(kinds, f"{found['kind']}/{found['metadata']['name']}", found, text)
        for name, template in pod_templates([found]):
            yield from told(kinds, f"the pod of {name}", pod(template))


def told(kinds: Kinds, name: str, found: Object, text: str = "") -> Iterator[str]:
    """What an object is refused or warned with. Nothing is created."""
    try:
        kinds.api.apply(kinds.path(found, RESTRICTED) + STRICT, text or found)
    except Refused as refused:
        yield f"{name}: {refused}"
    yield from (f"{name}: {warning}" for warning in kinds.api.warnings)


def pod(template: Object) -> Object:
    """The pod that a controller would make."""
    metadata = template["metadata"] | {"name": "pod"}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}


@pytest.mark.parametrize("case", CASES)
def test_the_api_server_takes_every_object_and_every_pod(restricted: Kinds, case: str) -> None:
    values, files = CASES[case]
    texts = documents(values, *files)
    assert len(texts) > 5
    assert list(problems(restricted, texts)) == []


@pytest.mark.parametrize(
    ("kind", "old", "new", "problem"),
    [
        ("ScaledJob", "pollingInterval:", "polingInterval:", 'unknown field "spec.polingInterval"'),
        ("ScaledJob", "minReplicaCount: 0", "minReplicaCount: 0\n  minReplicaCount: 0", "already set"),
        ("ScaledJob", "runAsNonRoot: true", "runAsNonRoot: false", "violates PodSecurity"),
        ("Certificate", "isCA: true", "isCA: really", "must be of type boolean"),
        ("NetworkPolicy", "protocol: TCP", "protocol: QUIC", 'Unsupported value: "QUIC"'),
        ("PrometheusRule", "expr:", "expression:", 'unknown field "spec.groups[0].rules[0].expression"'),
    ],
)
def test_it_would_tell_of_a_mistake(restricted: Kinds, kind: str, old: str, new: str, problem: str) -> None:
    values = {
        "admission.certificates.source": "certManager",
        "networkPolicy.enabled": True,
        "monitoring.prometheusRule.enabled": True,
    }
    [text, *_] = [text for text in documents(values) if f"\nkind: {kind}\n" in text and old in text]
    found = list(problems(restricted, [text.replace(old, new)]))
    assert any(problem in sentence for sentence in found), found

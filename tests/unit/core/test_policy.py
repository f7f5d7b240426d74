"""Reading the policy, and what its numbers mean."""

from typing import Any

import pytest
import yaml

from mcp_jobs.core.policy import Caps, Limits, Policy, PolicyError, parse_policy

OF_THE_CHART = """
mode: audit
caps:
  global: 100
  tenantDefault: null
  tenants: {acme: 40}
  workloads: {nightly: 0}
ttlSecondsAfterFinished: {default: 3600, min: 60, max: 604800}
activeDeadlineSeconds: {default: 3600, min: 10, max: 86400}
backoffLimit: {default: 2, min: 0, max: 10}
allowedRegistries: [registry.example.com/mcp]
orphans: {complete: dead-letter, failed: requeue}
"""


def test_the_chart_s_policy_is_read() -> None:
    policy = parse_policy(yaml.safe_load(OF_THE_CHART))
    assert policy.audits
    assert policy.caps.of("global", "") == 100
    assert policy.caps.of("workload", "nightly") == 0
    assert policy.allowed_registries == ("registry.example.com/mcp",)
    assert policy.orphans.failed == "requeue"
    assert policy.limits["backoffLimit"] == Limits(default=2, min=0, max=10)


def test_an_empty_policy_enforces_the_defaults_and_no_cap() -> None:
    policy = parse_policy({})
    assert policy == Policy()
    assert not policy.audits
    assert policy.caps.of("global", "") is None


@pytest.mark.parametrize(
    ("tree", "sentence"),
    [
        (None, "the policy: Input should be a valid dictionary"),
        ([], "the policy: Input should be a valid dictionary"),
        ({"mod": "audit"}, "mod: Extra inputs are not permitted"),
        ({"mode": "off"}, "mode: Input should be 'enforce' or 'audit'"),
        ({"caps": {"global": -1}}, "caps.global: Input should be greater than or equal to 0"),
        ({"caps": {"global": "5"}}, "caps.global: Input should be a valid integer"),
        ({"caps": {"global": True}}, "caps.global: Input should be a valid integer"),
        ({"caps": {"tenants": {"acme": None}}}, "caps.tenants.acme: Input should be a valid integer"),
        (
            {"backoffLimit": {"default": 5, "min": 0, "max": 4}},
            "backoffLimit: expected min <= default <= max, found 0, 5, 4",
        ),
        ({"backoffLimit": {"default": 5, "min": 0}}, "backoffLimit.max: Field required"),
        ({"orphans": {"failed": "ignore"}}, "orphans.failed: Input should be 'requeue' or 'dead-letter'"),
    ],
)
def test_a_mistake_is_named_by_its_field(tree: Any, sentence: str) -> None:
    with pytest.raises(PolicyError) as caught:
        parse_policy(tree)
    assert str(caught.value).startswith(sentence)


@pytest.mark.parametrize(("number", "allowed"), [(None, 20), (5, 10), (10, 10), (15, 15), (30, 30), (31, 30)])
def test_numbers_are_clamped(number: int | None, allowed: int) -> None:
    assert Limits(default=20, min=10, max=30).clamped(number) == allowed


@pytest.mark.parametrize(("tenant", "cap"), [("acme", 40), ("other", 5), ("", None)])
def test_a_tenant_has_its_own_cap_or_the_default(tenant: str, cap: int | None) -> None:
    assert Caps(tenant_default=5, tenants={"acme": 40}).of("tenant", tenant) == cap

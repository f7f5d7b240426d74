"""What the webhooks make of Jobs that are created and changed through a real API server."""

import pytest

from integration.kubernetes.api import JOBS, Api, Refused
from integration.kubernetes.conftest import StartReplicas
from integration.kubernetes.objects import job

POLICY = {
    "caps": {"global": None, "tenantDefault": 2, "tenants": {"acme": 1}, "workloads": {"tiny": 1}},
    "ttlSecondsAfterFinished": {"default": 600, "min": 60, "max": 3600},
    "activeDeadlineSeconds": {"default": 900, "min": 10, "max": 7200},
    "backoffLimit": {"default": 2, "min": 0, "max": 4},
    "allowedRegistries": ["registry.example.com/mcp"],
}


def test_a_real_api_server_sees_the_policy(start_replicas: StartReplicas, api: Api) -> None:
    """One helper for all of it: starting one takes seconds."""
    replica = start_replicas(POLICY)[0]
    numbers_get_defaults_and_clamps(api)
    foreign_images_are_denied(api)
    caps_are_kept(api)
    a_dry_run_takes_no_room(api)
    an_update_cannot_loosen(api)
    un_suspending_counts(api)
    assert replica.metric("mcp_jobs_admission_reviews_total", webhook="mutate", verdict="allowed") >= 8
    for reason in ("registry", "cap_tenant", "cap_workload", "limits", "labels"):
        assert replica.metric("mcp_jobs_admission_reviews_total", verdict="denied", reason=reason) >= 1
    replica.wait_until("count of acme", lambda: replica.metric("mcp_jobs_active_jobs", tenant="acme") == 1)
    assert replica.metric("mcp_jobs_active_jobs_cap", scope="tenant", name="acme") == 1


def numbers_get_defaults_and_clamps(api: Api) -> None:
    spec = api.create(job("defaults"))["spec"]
    assert (spec["ttlSecondsAfterFinished"], spec["activeDeadlineSeconds"]) == (600, 900)
    assert spec["podReplacementPolicy"] == "Failed"
    # The API server itself fills in a backoffLimit of 6, before it asks.
    assert spec["backoffLimit"] == 4
    spec = api.create(job("clamped", ttlSecondsAfterFinished=1, activeDeadlineSeconds=86400, parallelism=9))[
        "spec"
    ]
    assert (spec["ttlSecondsAfterFinished"], spec["activeDeadlineSeconds"]) == (60, 7200)
    assert (spec["parallelism"], spec["completions"]) == (1, 1)
    assert any("activeDeadlineSeconds 86400 becomes 7200" in warning for warning in api.warnings)


def foreign_images_are_denied(api: Api) -> None:
    with pytest.raises(
        Refused, match=r"image python:3 comes from elsewhere than the allowed registry\.example"
    ):
        api.create(job("foreign", image="python:3"))


def caps_are_kept(api: Api) -> None:
    api.create(job("acme-1", tenant="acme"))
    expected = "tenant acme has 1 of 1 active Jobs; the message stays in Kafka and the next poll tries again"
    with pytest.raises(Refused, match=expected):
        api.create(job("acme-2", tenant="acme"))
    api.create(job("tiny-1", workload="tiny"))
    with pytest.raises(Refused, match="workload tiny has 1 of 1 active Jobs"):
        api.create(job("tiny-2", workload="tiny", tenant="umbrella"))


def a_dry_run_takes_no_room(api: Api) -> None:
    for _ in range(3):
        api.create(job("dry", tenant="initech"), dry_run=True)
    for number in range(2):
        api.create(job(f"initech-{number}", tenant="initech"))
    with pytest.raises(Refused, match="tenant initech has 2 of 2"):
        api.create(job("initech-dry", tenant="initech"), dry_run=True)


def an_update_cannot_loosen(api: Api) -> None:
    api.patch("defaults", {"spec": {"activeDeadlineSeconds": 7200}})
    with pytest.raises(Refused, match="activeDeadlineSeconds is 7201, the policy's maximum is 7200"):
        api.patch("defaults", {"spec": {"activeDeadlineSeconds": 7201}})
    with pytest.raises(Refused, match="ttlSecondsAfterFinished is not set"):
        api.patch("defaults", {"spec": {"ttlSecondsAfterFinished": None}})
    with pytest.raises(Refused, match=r"label mcp-jobs.io/tenant is fixed"):
        api.patch("acme-1", {"metadata": {"labels": {"mcp-jobs.io/tenant": "other"}}})
    api.patch("defaults", {"metadata": {"annotations": {"note": "changes of no concern pass"}}})


def un_suspending_counts(api: Api) -> None:
    for number in range(3):
        api.create(job(f"asleep-{number}", tenant="hooli", suspend=True))
    for number in range(2):
        api.patch(f"asleep-{number}", {"spec": {"suspend": False}})
    with pytest.raises(Refused, match="tenant hooli has 2 of 2"):
        api.patch("asleep-2", {"spec": {"suspend": False}})
    assert api.cluster.read(JOBS, "asleep-2")["spec"]["suspend"] is True

"""What is left after `helm uninstall`: nothing that stands in the way, and nothing lost."""

from typing import Any

import pytest
from kubernetes.client import AdmissionregistrationV1Api

from e2e import messages
from e2e.release import Install, Release
from mcp_jobs.core.job_object import MANAGED

MINUTE = 60.0


@pytest.fixture(scope="module")
def release(install: Install) -> Release:
    """A release that is to be uninstalled."""
    return install({})


def webhooks(release: Release) -> list[str]:
    """The webhook configurations that are about the release's namespace."""
    registration = AdmissionregistrationV1Api(release.namespace.core.api_client)
    found = [
        *registration.list_mutating_webhook_configuration().items,
        *registration.list_validating_webhook_configuration().items,
    ]
    return [c.metadata.name for c in found if c.metadata.name.endswith(f".{release.namespace.name}")]


def test_an_uninstall_leaves_no_webhook_behind_and_a_new_install_settles_what_was_running(
    release: Release,
) -> None:
    jobs, gate, topic = release.jobs, release.gate, release.topic("default")
    places = topic.send([messages.calling("wait", gate=gate.address, name="uninstall")] * 3)
    gate.wait_for("uninstall", 3, 10 * MINUTE)
    assert len(webhooks(release)) == 2

    release.uninstall()
    assert webhooks(release) == []
    jobs.wait(lambda: not jobs.active(), 2 * MINUTE, "the Jobs are gone with their ScaledJob")
    made = release.namespace.batch.create_namespaced_job(release.namespace.name, job_of_ours())
    release.namespace.batch.delete_namespaced_job(
        made.metadata.name, release.namespace.name, propagation_policy="Background"
    )

    later = topic.send([messages.idle(0)])
    release.upgrade()
    outcomes = topic.settled([*places, *later], 10 * MINUTE)
    assert [o["error"] and o["error"]["class"] for o in outcomes] == ["deleted"] * 3 + [None]
    assert topic.lag() == 0


def job_of_ours() -> dict[str, Any]:
    """A Job with the label that the webhooks ask for, and no work."""
    container = {"name": "none", "image": "none", "command": ["true"]}
    return {
        "metadata": {"name": "anybody", "labels": {MANAGED: "true"}},
        "spec": {
            "suspend": True,
            "template": {"spec": {"restartPolicy": "Never", "containers": [container]}},
        },
    }

"""Things that people break, in a real cluster: `mcp-jobs why` names each, and the command that helps."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from kubernetes.client import AppsV1Api

from e2e import messages
from e2e.helm import run
from e2e.pods import is_ready
from e2e.release import Install, Release
from e2e.settings import Settings
from integration.eventually import eventually

MINUTE = 60.0


@pytest.fixture(scope="module")
def release(install: Install, settings: Settings) -> Release:
    """A workload for each thing that is broken by values, and one that is well."""
    image = f"{settings.repository}:{settings.tag}"
    fails = {"name": "fetch", "image": image, "command": ["python", "-c", "raise SystemExit(3)"]}
    broken = {
        "homeless": {"pod": {"nodeSelector": {"no-such": "node"}}},
        "misspelt": {"image": {"repository": "localhost/no-such-image", "pullPolicy": "IfNotPresent"}},
        "keyless": {"runner": {"envFiles": ["no-such-secret"]}},
        "fetchless": {"runner": {"initContainers": [fails]}},
    }
    return install({"workloads": {"default": {}, "capped": {"maxActiveJobs": 1}, **broken}})


def send(release: Release, workload: str, message: bytes) -> str:
    """Send a message; its jobId."""
    release.topic(workload).send([message])
    return messages.job_id(message)


def found(release: Release, workload: str, job_id: str, text: str) -> str:
    """Ask `mcp-jobs why` until it finds this; the command that it names next."""
    topic, namespace = release.topic(workload).name, release.namespace.name
    command = [sys.executable, "-m", "mcp_jobs", "why", job_id, "--json", "--topic", topic, "-n", namespace]
    commands: list[str] = []

    def says() -> bool:
        said = run(command, env={"KAFKA_BROKERS": release.brokers})
        findings = [json.loads(line) for line in said.splitlines()]
        commands.extend(f["command"] for f in findings if text in f["finding"])
        return bool(commands)

    eventually(says, 5 * MINUTE)
    return commands[0]


@pytest.mark.parametrize(
    ("workload", "text", "command"),
    [
        ("homeless", "finds no node: 0/", "kubectl describe pod e2e-mcp-jobs-homeless-"),
        ("misspelt", "can't have its image localhost/no-such-image", "kubectl describe pod"),
        ("keyless", 'secret "no-such-secret" not found', "kubectl describe pod e2e-mcp-jobs-keyless-"),
        ("fetchless", "the container fetch of the pod e2e-mcp-jobs-fetchless-", "kubectl logs e2e-mcp-jobs"),
    ],
)
def test_a_pod_that_can_not_claim_is_told_with_its_reason(
    release: Release, workload: str, text: str, command: str
) -> None:
    assert found(release, workload, send(release, workload, messages.idle(0)), text).startswith(command)


def test_a_message_behind_a_cap_is_told_the_cap(release: Release) -> None:
    gate, wait = release.gate, messages.calling("wait", gate=release.gate.address, name="capped")
    send(release, "capped", wait)
    gate.wait_for("capped", 1, 5 * MINUTE)
    waits = send(release, "capped", messages.idle(0))
    assert found(release, "capped", waits, "1 of 1 active Jobs") == "mcp-jobs status"
    gate.open("capped")
    assert found(release, "capped", waits, "it is over: succeeded") == f"mcp-jobs show {waits}"


def test_a_message_without_a_helper_is_told_to_look_at_its_pods(release: Release) -> None:
    with scaled_to(release, 0):
        waits = send(release, "default", messages.idle(0))
        command = found(release, "default", waits, "failed calling webhook")
        assert command == (
            f"kubectl get pods -n {release.namespace.name} -l app.kubernetes.io/component=admission"
        )
    found(release, "default", waits, "it is over: succeeded")


def test_a_quota_that_leaves_no_room_for_a_pod_is_told(release: Release) -> None:
    core, namespace = release.namespace.core, release.namespace.name
    quota = {"metadata": {"name": "few"}, "spec": {"hard": {"pods": "1"}}}
    core.create_namespaced_resource_quota(namespace, quota)
    try:
        release.pods.wait(lambda: bool(_used(release)), MINUTE, "the quota is counted")
        waits = send(release, "default", messages.idle(1))
        command = found(release, "default", waits, "exceeded quota: few")
        assert command == f"kubectl describe resourcequota -n {namespace}"
    finally:
        core.delete_namespaced_resource_quota("few", namespace)
    found(release, "default", waits, "it is over: succeeded")


def _used(release: Release) -> object:
    quota = release.namespace.core.read_namespaced_resource_quota("few", release.namespace.name)
    return quota.status and quota.status.used


@contextmanager
def scaled_to(release: Release, replicas: int) -> Iterator[None]:
    """The helper with so many replicas; afterwards with as many as before, and Ready."""
    apps, namespace = AppsV1Api(release.namespace.core.api_client), release.namespace.name
    [helper] = apps.list_namespaced_deployment(namespace).items
    name, before = helper.metadata.name, helper.spec.replicas

    def ready() -> int:
        return sum(is_ready(pod) for pod in release.pods.of_component("admission"))

    def scale(count: int) -> None:
        apps.patch_namespaced_deployment_scale(name, namespace, {"spec": {"replicas": count}})
        release.pods.wait(lambda: ready() == count, 3 * MINUTE, f"{count} helpers are Ready")

    scale(replicas)
    try:
        yield
    finally:
        scale(before)

"""A Kafka with logins, TLS and an authorizer, and a user that has the documented ACLs and no more."""

import base64
import gzip
import json
import secrets
from collections.abc import Iterator

import pytest
from kafka import KafkaAdminClient
from kafka.admin import (
    ACL,
    ACLOperation,
    ACLPermissionType,
    ResourcePattern,
    ResourceType,
    ScramMechanism,
    UserScramCredentialUpsertion,
)
from kafka.admin import ACLResourcePatternType as Pattern

from cluster.cluster import Cluster
from e2e import messages
from e2e.helm import helm
from e2e.own_cluster import LISTENER, authority_file
from e2e.release import NAME, Install, Release
from mcp_jobs.core.acls import Acl, Role, acls
from mcp_jobs.core.names import Topics

MINUTE = 60.0
PASSWORD = secrets.token_urlsafe(24)


@pytest.fixture(scope="module")
def admin(cluster: Cluster) -> Iterator[KafkaAdminClient]:
    """The administrator, on the listener in plain text."""
    client = KafkaAdminClient(bootstrap_servers=cluster.brokers.split(","))
    yield client
    client.close()


@pytest.fixture(scope="module")
def release(install: Install, cluster: Cluster, admin: KafkaAdminClient, stem: str) -> Release:
    """A release that logs in. Its one user has what `mcp-jobs acls` names for every part."""
    user, topic = f"{stem}-user", f"{stem}-login.default"
    admin.alter_user_scram_credentials(
        [UserScramCredentialUpsertion(user, ScramMechanism.SCRAM_SHA_512, PASSWORD)]
    )
    topics = Topics(topic, f"{topic}.outcomes", f"{topic}.dead-letters")
    wanted = {acl for role in Role for acl in acls(role, topics, f"{topic}-runners")}
    failed = admin.create_acls([_kafkas(user, acl) for acl in wanted])["failed"]
    assert not failed, failed
    login = {"username": user, "password": PASSWORD, "ca": authority_file().read_text(encoding="ascii")}
    kafka = {
        "brokers": cluster.listeners[LISTENER],
        "securityProtocol": "SASL_SSL",
        "saslMechanism": "SCRAM-SHA-512",
        "existingSecret": "login",
    }
    return install({"kafka": kafka}, {"login": login})


def _kafkas(user: str, acl: Acl) -> ACL:
    pattern = Pattern.PREFIXED if acl.prefixed else Pattern.LITERAL
    resource = ResourcePattern(ResourceType[acl.resource.name], acl.name, pattern)
    return ACL(f"User:{user}", "*", ACLOperation[acl.operation], ACLPermissionType.ALLOW, resource)


def test_the_documented_acls_suffice_from_install_to_outcome_and_requeue(release: Release) -> None:
    helm("test", NAME, "--namespace", release.namespace.name, "--timeout", "10m")
    topic = release.topic("default")
    places = topic.send([messages.clock(1), b"{}", *map(messages.idle, range(8))])
    outcomes = topic.settled(places, 10 * MINUTE)
    assert [outcome["status"] for outcome in outcomes] == ["succeeded", "failed", *["succeeded"] * 8]
    release.jobs.all_over("default", MINUTE)
    assert topic.lag() == 0


def test_the_helper_settles_with_that_login_what_a_deleted_job_left(release: Release) -> None:
    topic, gate = release.topic("default"), release.gate
    places = topic.send([messages.calling("wait", gate=gate.address, name="login")])
    gate.wait_for("login", 1, 5 * MINUTE)
    [job] = release.jobs.active(workload="default")
    release.namespace.batch.delete_namespaced_job(
        job["metadata"]["name"], release.namespace.name, propagation_policy="Background"
    )
    [outcome] = topic.settled(places, 5 * MINUTE)
    assert outcome["error"]["class"] == "deleted"


def test_the_password_is_in_its_secret_and_nowhere_else(release: Release) -> None:
    core, namespace = release.namespace.core, release.namespace.name
    for items in (core.list_namespaced_pod, core.list_namespaced_config_map, core.list_namespaced_event):
        assert PASSWORD not in str(items(namespace))
    assert PASSWORD not in json.dumps(list(release.jobs.seen.values()))
    for secret in core.list_namespaced_secret(namespace).items:
        texts = [base64.b64decode(value) for value in (secret.data or {}).values()]
        if secret.type == "helm.sh/release.v1":
            texts = [gzip.decompress(base64.b64decode(text)) for text in texts]
        assert (PASSWORD.encode() in b"".join(texts)) == (secret.metadata.name == "login")
    for pod in release.pods.of_component("runner"):
        for container in pod["spec"]["containers"]:
            log = core.read_namespaced_pod_log(
                pod["metadata"]["name"], namespace, container=container["name"]
            )
            assert PASSWORD not in log

"""The second container of the pod: what it shares with the runner, and what it must not."""

from chart.pods import env
from chart.render import Object, render
from chart.scaled_job import job, mounts, only, pod, runner, servers
from mcp_jobs.settings import ServersSettings


def test_secrets_for_servers_are_files_under_the_root_that_the_settings_name() -> None:
    scaled_job = only(render({"defaults.runner.envFiles": ["github", "jira"]}))
    root = str(ServersSettings.model_fields["env_file_root"].default)
    volumes = {volume["name"]: volume for volume in pod(scaled_job)["volumes"]}
    for secret in ("github", "jira"):
        path = f"{root}/{secret}"
        assert volumes[mounts(servers(scaled_job))[path]]["secret"]["secretName"] == secret
        assert path not in mounts(runner(scaled_job))


def test_servers_start_in_a_writable_directory_that_the_pod_has() -> None:
    container = servers(only(render()))
    assert env(container)["SERVERS_WORK_DIR"] in mounts(container)
    assert "/tmp" in mounts(container)


def test_servers_get_nothing_of_kafkas_login(scaled_jobs: list[Object]) -> None:
    for scaled_job in scaled_jobs:
        given = env(servers(scaled_job))
        assert not [name for name in given if name.startswith(("KAFKA_", "RUNNER_"))]
        assert "envFrom" not in servers(scaled_job)
        shared = set(mounts(runner(scaled_job)).values()) & set(mounts(servers(scaled_job)).values())
        assert shared == {"socket"}
    login = {
        "kafka.securityProtocol": "SASL_SSL",
        "kafka.saslMechanism": "PLAIN",
        "kafka.existingSecret": "k",
    }
    scaled_job = only(render(login))
    secrets = {volume["name"] for volume in pod(scaled_job)["volumes"] if "secret" in volume}
    assert secrets & set(mounts(runner(scaled_job)).values())
    assert not secrets & set(mounts(servers(scaled_job)).values())


def test_servers_are_another_user_who_sees_no_process_of_the_runner(scaled_jobs: list[Object]) -> None:
    for scaled_job in scaled_jobs:
        spec = pod(scaled_job)
        users = [
            {**spec["securityContext"], **container["securityContext"]}["runAsUser"]
            for container in (runner(scaled_job), servers(scaled_job))
        ]
        assert len(set(users)) == 2
        assert not {"shareProcessNamespace", "hostPID", "ephemeralContainers"} & spec.keys()
        assert spec["automountServiceAccountToken"] is False


def test_the_two_containers_meet_at_a_socket_that_only_the_runner_can_put_there(
    scaled_jobs: list[Object],
) -> None:
    for scaled_job in scaled_jobs:
        both = [runner(scaled_job), servers(scaled_job)]
        [path] = {env(container)["SERVERS_SOCKET"] for container in both}
        places = [
            mount
            for container in both
            for mount in container["volumeMounts"]
            if mount["mountPath"] == path.rpartition("/")[0]
        ]
        assert [(place["name"], place.get("readOnly", False)) for place in places] == [
            ("socket", False),
            ("socket", True),
        ]
        [volume] = [found for found in pod(scaled_job)["volumes"] if found["name"] == "socket"]
        assert volume["emptyDir"] == {"medium": "Memory", "sizeLimit": "1Mi"}


def test_the_servers_container_starts_first_as_it_has_more_to_import(scaled_jobs: list[Object]) -> None:
    for scaled_job in scaled_jobs:
        assert [container["name"] for container in pod(scaled_job)["containers"]] == ["servers", "runner"]


def test_logs_are_those_of_the_runner_unless_somebody_asks_for_others() -> None:
    annotation = "kubectl.kubernetes.io/default-container"
    own = only(render())
    changed = only(render({"defaults.pod.annotations": {annotation: "servers", "a": "b"}}))
    assert job(own)["template"]["metadata"]["annotations"] == {annotation: "runner"}
    assert job(changed)["template"]["metadata"]["annotations"] == {annotation: "servers", "a": "b"}

"""The install hook and `helm test`."""

import json

from chart.pods import containers, env
from chart.render import ALL_VALUES, CHART, Object, Release, render


def init(release: Release) -> Object:
    return release.one("Job")


def test_the_install_hook_runs_after_install_and_upgrade_and_leaves_nothing_behind() -> None:
    job = init(render())
    annotations = job["metadata"]["annotations"]
    assert annotations["helm.sh/hook"] == "post-install,post-upgrade"
    assert annotations["helm.sh/hook-delete-policy"] == "before-hook-creation,hook-succeeded"
    assert annotations["helm.sh/hook-output-log-policy"] == "hook-failed"
    assert job["spec"]["ttlSecondsAfterFinished"] > 0


def test_the_install_hook_serves_every_workload_one_after_the_other() -> None:
    release = render(None, CHART / "values-multi-tenant.yaml")
    spec = init(release)["spec"]["template"]["spec"]
    assert len(spec["containers"]) == 1
    found = {env(container)["KAFKA_TOPIC"]: env(container) for container in containers(spec)}
    assert found.keys() == {"acme.bulk", "acme.urgent", "globex.jobs"}
    assert found["globex.jobs"]["KAFKA_CONSUMER_GROUP"] == "globex-runners"
    assert {container["args"][0] for container in containers(spec)} == {"init"}


def test_topics_are_created_only_when_that_is_asked_for() -> None:
    (container,) = init(render())["spec"]["template"]["spec"]["containers"]
    assert env(container)["INIT_CREATE_TOPICS"] == "false"
    (_, container) = containers(init(render(None, ALL_VALUES))["spec"]["template"]["spec"])
    given = {name: value for name, value in env(container).items() if name.startswith("INIT_")}
    assert given == {
        "INIT_CREATE_TOPICS": "true",
        "INIT_PARTITIONS": "12",
        "INIT_REPLICATION": "3",
        "INIT_WAIT_SECONDS": "30",
    }


def test_the_install_hook_can_be_left_out() -> None:
    assert render({"init.enabled": False}).of_kind("Job") == []


def test_no_hook_is_taken_for_a_job_of_the_platform() -> None:
    """Or the webhooks would hold back the very hook that a first install needs."""
    release = render()
    for found in (init(release), release.one("Pod")):
        assert "mcp-jobs.io/managed" not in str(found)


def test_helm_test_submits_the_message_and_waits_for_its_outcome() -> None:
    pod = render().one("Pod")
    (container,) = pod["spec"]["containers"]
    command, file, *options = container["args"]
    assert (command, options) == ("submit", ["--wait", "180"])
    (mount,) = [mount for mount in container["volumeMounts"] if file.startswith(f"{mount['mountPath']}/")]
    (volume,) = [volume for volume in pod["spec"]["volumes"] if volume["name"] == mount["name"]]
    (item,) = volume["downwardAPI"]["items"]
    assert file == f"{mount['mountPath']}/{item['path']}"
    annotation = item["fieldRef"]["fieldPath"].removeprefix("metadata.annotations['").removesuffix("']")
    message = json.loads(pod["metadata"]["annotations"][annotation])
    assert message["mcpServers"]["time"]["command"] == "mcp-server-time"
    assert pod["metadata"]["annotations"]["helm.sh/hook"] == "test"


def test_the_message_of_helm_test_is_one_that_runners_accept() -> None:
    from mcp_jobs.core.envelope import decode

    message = json.loads(render().one("Pod")["metadata"]["annotations"]["mcp-jobs.io/message"])
    envelope = decode(json.dumps({"jobId": "helm-test", "payload": message}).encode())
    assert [server.name for server in envelope.servers] == ["time"]
    assert len(envelope.calls) == 1


def test_helm_test_submits_to_the_workload_that_is_named() -> None:
    (container,) = render(None, CHART / "values-multi-tenant.yaml").one("Pod")["spec"]["containers"]
    assert env(container)["KAFKA_TOPIC"] == "acme.bulk"
    (container,) = render(None, ALL_VALUES).one("Pod")["spec"]["containers"]
    assert env(container)["KAFKA_TOPIC"] == "second"

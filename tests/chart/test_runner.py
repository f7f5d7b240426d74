"""The ScaledJob and its pod: what the claim and KEDA need of each other."""

from chart.pods import containers, env
from chart.render import ALL_VALUES, CHART, Object, render
from chart.scaled_job import job, only, pod, runner, servers


def test_keda_makes_exactly_one_job_for_each_unclaimed_message(scaled_jobs: list[Object]) -> None:
    for spec in (found["spec"] for found in scaled_jobs):
        assert spec["scalingStrategy"] == {"strategy": "accurate", "pendingPodConditions": ["Ready"]}
        assert spec["minReplicaCount"] == 0
        (trigger,) = spec["triggers"]
        assert trigger["type"] == "kafka"
        wanted = {
            "allowIdleConsumers": "true",
            "offsetResetPolicy": "earliest",
            "scaleToZeroOnInvalidOffset": "true",
            "fullMetadata": "false",
        }
        assert wanted.items() <= trigger["metadata"].items()
        assert all(isinstance(value, str) for value in trigger["metadata"].values())
        never = {"excludePersistentLag", "limitToPartitionsWithLag", "ensureEvenDistributionOfPartitions"}
        assert not never & trigger["metadata"].keys()


def test_an_upgrade_leaves_running_jobs_alone_and_the_ttl_decides_how_long_they_are_kept(
    scaled_jobs: list[Object],
) -> None:
    for spec in (found["spec"] for found in scaled_jobs):
        assert spec["rollout"] == {"strategy": "gradual"}
        assert min(spec["successfulJobsHistoryLimit"], spec["failedJobsHistoryLimit"]) >= 10_000


def test_ready_means_claimed(scaled_jobs: list[Object]) -> None:
    """A startupProbe on the port that the runner opens once its claim is committed, and no readinessProbe."""
    for container in map(runner, scaled_jobs):
        probe = container["startupProbe"]
        assert probe["tcpSocket"] == {"port": "claimed"}
        assert probe["periodSeconds"] == 1
        (port,) = container["ports"]
        assert port == {"name": "claimed", "containerPort": int(env(container)["RUNNER_CLAIMED_PORT"])}
        assert "readinessProbe" not in container
        assert "livenessProbe" not in container


def test_the_claim_timeout_is_the_probes() -> None:
    container = runner(only(render({"defaults.runner.claimTimeoutSeconds": 77})))
    assert container["startupProbe"]["failureThreshold"] == 77


def test_trigger_and_runner_agree(scaled_jobs: list[Object]) -> None:
    for scaled_job in scaled_jobs:
        metadata = scaled_job["spec"]["triggers"][0]["metadata"]
        variables = env(runner(scaled_job))
        assert metadata["bootstrapServers"] == variables["KAFKA_BROKERS"]
        assert metadata["topic"] == variables["KAFKA_TOPIC"]
        assert metadata["consumerGroup"] == variables["KAFKA_CONSUMER_GROUP"]
        assert int(metadata["lagThreshold"]) >= int(variables["RUNNER_BATCH_SIZE"])
        assert (metadata["tls"] == "enable") == variables["KAFKA_SECURITY_PROTOCOL"].endswith("SSL")
        assert (metadata["sasl"] != "none") == variables["KAFKA_SECURITY_PROTOCOL"].startswith("SASL")
        assert scaled_job["spec"]["envSourceContainerName"] == "runner"


def test_the_job_fails_at_once_for_exit_42_and_forgives_disruptions(scaled_jobs: list[Object]) -> None:
    for spec in map(job, scaled_jobs):
        assert spec["podFailurePolicy"]["rules"] == [
            {
                "action": "FailJob",
                "onExitCodes": {"containerName": "runner", "operator": "In", "values": [42]},
            },
            {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]},
        ]
        assert spec["podReplacementPolicy"] == "Failed"
        assert spec["template"]["spec"]["restartPolicy"] == "Never"
        assert (spec["parallelism"], spec["completions"]) == (1, 1)


def test_each_attempt_is_a_pod(scaled_jobs: list[Object]) -> None:
    for scaled_job in scaled_jobs:
        attempts = int(env(runner(scaled_job))["RUNNER_MAX_ATTEMPTS"])
        assert job(scaled_job)["backoffLimit"] == attempts - 1


def test_the_defaults_are_the_seeds() -> None:
    scaled_job = only(render())
    assert job(scaled_job)["ttlSecondsAfterFinished"] == 3600
    assert servers(scaled_job)["resources"] == {
        "requests": {"cpu": "100m", "memory": "128Mi"},
        "limits": {"cpu": "1", "memory": "256Mi"},
    }
    assert scaled_job["spec"]["triggers"][0]["metadata"]["topic"] == "mcp-jobs"
    assert scaled_job["spec"]["triggers"][0]["metadata"]["consumerGroup"] == "mcp-jobs-runners"


def test_the_runner_learns_its_job_from_the_pods_labels(scaled_jobs: list[Object]) -> None:
    wanted = {
        "RUNNER_JOB_UID": "metadata.labels['batch.kubernetes.io/controller-uid']",
        "RUNNER_JOB_NAME": "metadata.labels['batch.kubernetes.io/job-name']",
        "RUNNER_POD_NAME": "metadata.name",
        "RUNNER_NAMESPACE": "metadata.namespace",
    }
    for container in map(runner, scaled_jobs):
        assert wanted.items() <= env(container).items()


def test_jobs_and_pods_carry_what_they_are_found_by() -> None:
    release = render(None, CHART / "values-multi-tenant.yaml")
    found = {scaled["metadata"]["name"]: scaled for scaled in release.of_kind("ScaledJob")}
    assert found.keys() == {"mcp-jobs-acme-bulk", "mcp-jobs-acme-urgent", "mcp-jobs-globex"}
    for name, tenant in {"acme-bulk": "acme", "globex": "globex"}.items():
        scaled_job = found[f"mcp-jobs-{name}"]
        wanted = {
            "mcp-jobs.io/managed": "true",
            "mcp-jobs.io/workload": name,
            "mcp-jobs.io/tenant": tenant,
            "app.kubernetes.io/instance": "mcp-jobs",
        }
        assert wanted.items() <= scaled_job["metadata"]["labels"].items()
        assert wanted.items() <= job(scaled_job)["template"]["metadata"]["labels"].items()


def test_a_job_is_kedas_not_helms() -> None:
    """KEDA copies the ScaledJob's labels; those that say who manages it are left out."""
    annotations = only(render())["metadata"]["annotations"]
    excluded = annotations["scaledjob.keda.sh/job-excluded-labels"].split(",")
    assert set(excluded) == {"app.kubernetes.io/managed-by", "helm.sh/chart"}


def test_labels_that_people_add_cannot_displace_the_charts_own() -> None:
    mine = {"mcp-jobs.io/managed": "false", "mcp-jobs.io/workload": "x", "app.kubernetes.io/instance": "x"}
    scaled_job = only(
        render({"defaults.job.labels": mine, "defaults.pod.labels": mine, "commonLabels": mine})
    )
    for labels in (scaled_job["metadata"]["labels"], job(scaled_job)["template"]["metadata"]["labels"]):
        assert labels["mcp-jobs.io/managed"] == "true"
        assert labels["mcp-jobs.io/workload"] == "default"
        assert labels["app.kubernetes.io/instance"] == "mcp-jobs"


def test_kueues_queue_is_a_label_of_the_job() -> None:
    assert "kueue.x-k8s.io/queue-name" not in only(render())["metadata"]["labels"]
    labels = only(render({"defaults.job.queueName": "acme"}))["metadata"]["labels"]
    assert labels["kueue.x-k8s.io/queue-name"] == "acme"


def test_a_paused_workload_starts_nothing() -> None:
    annotation = "autoscaling.keda.sh/paused"
    assert annotation not in only(render())["metadata"]["annotations"]
    assert only(render({"defaults.paused": True}))["metadata"]["annotations"][annotation] == "true"


def test_a_workload_wins_over_the_defaults_also_with_false_and_zero() -> None:
    values = {
        "defaults.paused": True,
        "defaults.scaling.activationLagThreshold": 5,
        "defaults.pod.nodeSelector": {"pool": "spot", "arch": "arm64"},
        "workloads.default.paused": False,
        "workloads.default.scaling.activationLagThreshold": 0,
        "workloads.default.pod.nodeSelector": {"pool": "fast"},
    }
    scaled_job = only(render(values))
    assert "autoscaling.keda.sh/paused" not in scaled_job["metadata"]["annotations"]
    assert scaled_job["spec"]["triggers"][0]["metadata"]["activationLagThreshold"] == "0"
    assert pod(scaled_job)["nodeSelector"] == {"pool": "fast", "arch": "arm64"}


def test_a_workload_does_not_change_its_neighbours() -> None:
    release = render({"workloads.other": {"topic": "other", "batchSize": 3, "pod": {"labels": {"a": "b"}}}})
    default, other = (release.one("ScaledJob", name) for name in ("-default", "-other"))
    assert env(runner(other))["RUNNER_BATCH_SIZE"] == "3"
    assert env(runner(default))["RUNNER_BATCH_SIZE"] == "1"
    assert "a" not in job(default)["template"]["metadata"]["labels"]


def test_lag_threshold_follows_the_batch_size() -> None:
    scaled_job = only(render({"workloads.default.batchSize": 4}))
    assert scaled_job["spec"]["triggers"][0]["metadata"]["lagThreshold"] == "4"


def test_everything_a_workload_can_say_of_its_pod_arrives() -> None:
    scaled_job = render(None, ALL_VALUES).one("ScaledJob", "-default")
    spec = pod(scaled_job)
    assert spec["priorityClassName"] == "batch"
    assert spec["runtimeClassName"] == "gvisor"
    assert spec["tolerations"] == [{"key": "spot", "operator": "Exists"}]
    assert spec["topologySpreadConstraints"][0]["maxSkew"] == 2
    assert spec["terminationGracePeriodSeconds"] == 60
    assert spec["serviceAccountName"] == "servers"
    assert spec["imagePullSecrets"] == [{"name": "registry"}]
    assert [container["name"] for container in containers(spec)] == ["prepare", "servers", "runner"]
    for container in (runner(scaled_job), servers(scaled_job)):
        assert container["image"].startswith("registry.example.com/team/servers:9")
    assert env(servers(scaled_job))["HTTPS_PROXY"] == "http://proxy:3128"
    assert {"name": "data", "mountPath": "/data"} in servers(scaled_job)["volumeMounts"]
    assert runner(scaled_job)["resources"]["limits"]["memory"] == "160Mi"
    assert {"name": "data", "emptyDir": {}} in spec["volumes"]

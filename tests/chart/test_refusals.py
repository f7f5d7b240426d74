"""Values that can't work: Helm refuses them before anything is installed, names the key, and says why."""

from typing import Any

import pytest

from chart.render import Refused, render

SASL = {
    "kafka.securityProtocol": "SASL_SSL",
    "kafka.saslMechanism": "SCRAM-SHA-512",
    "kafka.existingSecret": "login",
}
PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"

#: (values, the key that is named, a piece of the reason)
SENTENCES: list[tuple[dict[str, Any], str, str]] = [
    ({"kafka.brokers": ""}, "kafka.brokers", "is empty"),
    ({"kafka.brokers": []}, "kafka.brokers", "is empty"),
    ({"kafka.brokers": "kafka"}, "kafka.brokers", '"kafka" is not host:port'),
    ({"kafka.brokers": ["a:1", "b:x"]}, "kafka.brokers", '"b:x" is not host:port'),
    ({"kafka.brokers": "a:1,,b:2"}, "kafka.brokers", '"" is not host:port'),
    ({"kafka.securityProtocol": "SASL_SSL"}, "kafka.saslMechanism", "is empty, but SASL_SSL logs in"),
    ({"kafka.saslMechanism": "PLAIN"}, "kafka.saslMechanism", "would not be used"),
    (SASL | {"kafka.existingSecret": ""}, "kafka.credentials.username", "SASL_SSL needs it"),
    (SASL | {"kafka.existingSecret": ""}, "kafka.credentials.password", "SASL_SSL needs it"),
    (
        SASL | {"kafka.existingSecret": "", "kafka.saslMechanism": "OAUTHBEARER"},
        "kafka.credentials.oauthTokenEndpointUri",
        "needs it",
    ),
    (SASL | {"kafka.credentials.password": "x"}, "kafka.existingSecret", "Keep one"),
    ({"kafka.existingSecret": "login"}, "kafka.securityProtocol", "would not be used"),
    (
        {"kafka.securityProtocol": "SSL", "kafka.credentials.cert": PEM},
        "kafka.credentials.key",
        "go together",
    ),
    ({"tracing.headersSecret.name": "otel"}, "tracing.headersSecret", "would not be used"),
    ({"workloads": {"default": None}}, "workloads", "none is enabled"),
    ({"workloads.default.enabled": False}, "workloads", "none is enabled"),
    ({"workloads.default.topic": ""}, "workloads.default.topic", "is empty"),
    ({"workloads.UPPER.topic": "x"}, "workloads.UPPER", "lower-case letters"),
    ({"workloads.other": {}}, "workloads.other.topic", "is empty"),
    ({"workloads.other.topic": "mcp-jobs"}, "workloads.other.topic", "run twice"),
    (
        {"workloads.other": {"topic": "other", "consumerGroup": "mcp-jobs-runners"}},
        "workloads.other.consumerGroup",
        "fence each other",
    ),
    ({"workloads.default.outcomesTopic": "mcp-jobs"}, "workloads.default.topic", "for ever"),
    ({"workloads.default.outcomesTopic": "mcp-jobs.dead-letters"}, "workloads.default.outcomesTopic", "both"),
    ({"workloads.other.topic": "mcp-jobs.outcomes"}, "workloads.default.outcomesTopic", "would become Jobs"),
    (
        {"fullnameOverride": "x" * 40, "workloads.a-long-workload-name.topic": "t"},
        "a-long-workload-name",
        "at most",
    ),
    (
        {
            "defaults.batchSize": 10,
            "defaults.scaling.lagThreshold": 2,
            "defaults.job.activeDeadlineSeconds": 9000,
        },
        "workloads.default.scaling.lagThreshold",
        "the others find nothing",
    ),
    ({"defaults.scaling.lagThreshold": 0}, "workloads.default.scaling.lagThreshold", "less than batchSize 1"),
    ({"defaults.scaling.pollingInterval": 0}, "workloads.default.scaling.pollingInterval", "set 1 or more"),
    ({"workloads.default.scaling.pollingInterval": -5}, "workloads.default.scaling.pollingInterval", "is -5"),
    ({"defaults.scaling.minReplicaCount": 1}, "scaling.minReplicaCount", "even when no message waits"),
    (
        {"workloads.default.scaling.minReplicaCount": 1},
        "scaling.minReplicaCount",
        "even when no message waits",
    ),
    ({"defaults.scaling.excludePersistentLag": True}, "scaling.excludePersistentLag", "no lag while"),
    ({"defaults.scaling.excludePersistentLag": "true"}, "scaling.excludePersistentLag", "no lag while"),
    ({"defaults.scaling.limitToPartitionsWithLag": True}, "scaling.limitToPartitionsWithLag", "partitions"),
    ({"defaults.scaling.allowIdleConsumers": True}, "scaling.allowIdleConsumers", "always true"),
    ({"defaults.scaling.offsetResetPolicy": "latest"}, "scaling.offsetResetPolicy", "always earliest"),
    ({"defaults.scaling.strategy": "eager"}, "scaling.strategy", "always accurate"),
    ({"defaults.scaling.rollout": {"strategy": "immediate"}}, "scaling.rollout", "deletes running Jobs"),
    ({"defaults.scaling.pendingPodConditions": ["Initialized"]}, "pendingPodConditions", "has claimed"),
    (
        {"defaults.scaling.failedJobsHistoryLimit": 5},
        "scaling.failedJobsHistoryLimit",
        "before they are settled",
    ),
    (
        {"defaults.scaling.triggerMetadata": {"excludePersistentLag": "true"}},
        "scaling.triggerMetadata.excludePersistentLag",
        "no lag while",
    ),
    (
        {"defaults.scaling.triggerMetadata": {"topic": "x"}},
        "scaling.triggerMetadata.topic",
        "the workload's topic",
    ),
    (
        {"defaults.scaling.triggerMetadata": {"tls": "enable"}},
        "triggerMetadata.tls",
        "kafka.securityProtocol",
    ),
    ({"defaults.runner.claimTimeoutSeconds": 10}, "runner.claimTimeoutSeconds", "claimWaitSeconds 10"),
    (
        {"defaults.job.activeDeadlineSeconds": 600},
        "job.activeDeadlineSeconds",
        "batchSize, 900",
    ),
    (
        {"defaults.job.activeDeadlineSeconds": 90000},
        "job.activeDeadlineSeconds",
        "policy.activeDeadlineSeconds",
    ),
    (
        {"defaults.job.ttlSecondsAfterFinished": 5},
        "job.ttlSecondsAfterFinished",
        "policy.ttlSecondsAfterFinished",
    ),
    ({"defaults.maxAttempts": 20}, "workloads.default.maxAttempts", "backoffLimit 19"),
    (
        {"defaults.runner.extraEnv": [{"name": "KAFKA_TOPIC", "value": "x"}]},
        "runner.extraEnv",
        "KAFKA_TOPIC is set by the chart",
    ),
    (
        {"defaults.runner.allow.commands": ["*"]},
        "default.runner.allow.commands",
        "exact name or absolute path",
    ),
    ({"defaults.runner.allow.commands": ["./x"]}, "default.runner.allow.commands", '"./x" does not begin'),
    ({"defaults.runner.allow.commands": ["sh -c *"]}, "default.runner.allow.commands", "Write its words out"),
    ({"defaults.runner.allow.commands": ["env ..."]}, "default.runner.allow.commands", "Write its words out"),
    ({"workloads.default.runner": {"allow": {"urls": ["*"]}}}, "default.runner.allow.urls", '"*" is not'),
    ({"defaults.runner.allow.urls": ["*.com"]}, "default.runner.allow.urls", '"*.com" is not'),
    ({"defaults.runner.allow.env": ["*"]}, "default.runner.allow.env", "not a variable's name"),
    (
        {"defaults.runner.allow.tenants": {"acme": {"commands": ["x"]}}},
        "runner.allow.tenants.acme",
        "no enabled workload has this tenant",
    ),
    ({"policy.tenants": {"acme": 3}}, "policy.tenants.acme", "no enabled workload"),
    ({"policy.backoffLimit.min": 5}, "policy.backoffLimit.default", "not between"),
    ({"admission.leaseSeconds": 5}, "admission.leaseSeconds", "caps would not be strict"),
    ({"admission.page.enabled": True, "admission.reconcile": False}, "admission.page", "whose numbers"),
    ({"admission.extraEnv": [{"name": "ADMISSION_PORT"}]}, "admission.extraEnv", "ADMISSION_PORT"),
    (
        {"admission.certificates.source": "existingSecret"},
        "admission.certificates.existingSecret",
        "Name the Secret",
    ),
    (
        {"admission.certificates.source": "existingSecret"},
        "admission.certificates.caBundle",
        "every Job is denied",
    ),
    (
        {"admission.certificates.existingSecret": "tls"},
        "admission.certificates.existingSecret",
        "would not be used",
    ),
    ({"admission.certificates.validityDays": 90}, "admission.certificates.renewBeforeDays", "every upgrade"),
    ({"admission.serviceAccount.create": False}, "admission.serviceAccount.name", "Name one that exists"),
    ({"test.workload": "other"}, "test.workload", "no enabled workload"),
]

#: (values, where the schema says it is)
SCHEMA: list[tuple[dict[str, Any], str]] = [
    ({"kafka.broker": "kafka:9092"}, "/kafka"),
    ({"kafka.brokers": 9092}, "/kafka/brokers"),
    ({"kafka.securityProtocol": "TLS"}, "/kafka/securityProtocol"),
    ({"kafka.saslMechanism": "GSSAPI"}, "/kafka/saslMechanism"),
    ({"kafka.credentials.ca": "not a certificate"}, "/kafka/credentials/ca"),
    ({"workloads.default.topic": "a topic"}, "/workloads/default"),
    ({"workloads.default.tenant": "-acme"}, "/workloads/default"),
    ({"workloads.default.topics": ["a"]}, "/workloads/default"),
    ({"defaults.batchSize": 501}, "/defaults/batchSize"),
    ({"defaults.batchSize": "5"}, "/defaults/batchSize"),
    ({"defaults.maxAttempts": 0}, "/defaults/maxAttempts"),
    ({"defaults.scaling.pollingInterval": 0.5}, "/defaults/scaling/pollingInterval"),
    ({"defaults.scaling.maxReplicaCount": 0}, "/defaults/scaling/maxReplicaCount"),
    ({"defaults.scaling.maxReplicas": 5}, "/defaults/scaling"),
    ({"defaults.runner.logLevel": "debug"}, "/defaults/runner/logLevel"),
    ({"defaults.runner.resources.limits.cpu": "lots"}, "/defaults/runner/resources/limits/cpu"),
    ({"defaults.runner.resources.limit": {}}, "/defaults/runner/resources"),
    ({"defaults.runner.workSize": "1 GB"}, "/defaults/runner/workSize"),
    ({"defaults.pod.labels": {"a": 1}}, "/defaults/pod/labels/a"),
    ({"defaults.scaling": None}, "/defaults"),
    ({"defaults.runner.claimTimeoutSeconds": None}, "/defaults/runner"),
    ({"policy.mode": "warn"}, "/policy/mode"),
    ({"policy.maxActiveJobs": -1}, "/policy/maxActiveJobs"),
    ({"policy.ttlSecondsAfterFinished": 60}, "/policy/ttlSecondsAfterFinished"),
    ({"admission.failurePolicy": "fail"}, "/admission/failurePolicy"),
    ({"admission.replicas": 0}, "/admission/replicas"),
    ({"admission.timeoutSeconds": 60}, "/admission/timeoutSeconds"),
    ({"admission.certificates.source": "self"}, "/admission/certificates/source"),
    ({"init.replicationFactor": 0}, "/init/replicationFactor"),
    ({"image.digest": "sha256:1"}, "/image/digest"),
    ({"image.pullPolicy": "Sometimes"}, "/image/pullPolicy"),
    ({"networkPolicy.kafkaPorts": [70000]}, "/networkPolicy/kafkaPorts/0"),
    ({"tracing.endpoint": "collector:4317"}, "/tracing/endpoint"),
    ({"admission.page.hosts": ["https://jobs.example.com"]}, "/admission/page/hosts/0"),
    ({"monitoring.serviceMonitor.interval": "30"}, "/monitoring/serviceMonitor/interval"),
]


@pytest.mark.parametrize(("values", "key", "reason"), SENTENCES, ids=[f"{k}-{r}" for _, k, r in SENTENCES])
def test_a_combination_that_breaks_something_is_refused_with_a_sentence(
    values: dict[str, Any], key: str, reason: str
) -> None:
    with pytest.raises(Refused) as refused:
        render({"kafka.brokers": "kafka:9092"} | values)
    (line,) = [line for line in str(refused.value).splitlines() if key in line and reason in line]
    assert line.startswith("- ")
    assert line.endswith(".")
    assert "%!" not in line
    assert "<nil>" not in line


@pytest.mark.parametrize(("values", "place"), SCHEMA, ids=[str(values) for values, _ in SCHEMA])
def test_a_value_of_the_wrong_form_is_refused_where_it_is(values: dict[str, Any], place: str) -> None:
    with pytest.raises(Refused, match="the schema") as refused:
        render({"kafka.brokers": "kafka:9092"} | values)
    assert f"at '{place}" in str(refused.value)


def test_all_that_is_wrong_is_said_at_once() -> None:
    wrong = {"kafka.brokers": "", "defaults.scaling.pollingInterval": 0, "test.workload": "other"}
    with pytest.raises(Refused) as refused:
        render(wrong)
    assert str(refused.value).count("\n- ") == 3


def test_a_harmless_value_of_a_fixed_setting_is_let_through() -> None:
    render({"defaults.scaling.minReplicaCount": 0, "defaults.scaling.excludePersistentLag": False})

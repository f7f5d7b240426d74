"""Everything the environment can say, read once by an entrypoint and passed on as plain values."""

from enum import StrEnum
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class SecurityProtocol(StrEnum):
    """How a Kafka connection is secured; Kafka's own spelling."""

    PLAINTEXT = "PLAINTEXT"
    SSL = "SSL"
    SASL_PLAINTEXT = "SASL_PLAINTEXT"
    SASL_SSL = "SASL_SSL"


class KafkaSettings(BaseSettings):
    """Where the messages are. Every field is the variable KAFKA_<FIELD>."""

    model_config = SettingsConfigDict(
        env_prefix="KAFKA_", frozen=True, env_ignore_empty=True, defer_build=True
    )

    brokers: str = Field(description="Bootstrap servers, host:port, separated by commas.")
    topic: str = Field(default="mcp-jobs", description="The topic whose messages become Jobs.")
    consumer_group: str = Field(
        default="mcp-jobs-runners", description="The group whose committed offsets are the claim frontier."
    )
    outcomes_topic: str = Field(default="", description="Default: <topic>.outcomes")
    dead_letters_topic: str = Field(default="", description="Default: <topic>.dead-letters")
    partition: int | None = Field(default=None, ge=0, description="With KAFKA_OFFSET: run that very message.")
    offset: int | None = Field(default=None, ge=0, description="With KAFKA_PARTITION: run that very message.")
    security_protocol: SecurityProtocol = Field(
        default=SecurityProtocol.PLAINTEXT, description="PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL."
    )
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"] | None = Field(
        default=None, description="With SASL: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER."
    )
    credentials_dir: Path | None = Field(
        default=None,
        description="A mounted Secret with KEDA's names: username, password, ca, cert, key. Variables win.",
    )
    sasl_username: str | None = Field(default=None, description="SASL user, or the OAuth client id.")
    sasl_password: SecretStr | None = Field(
        default=None, description="SASL password, or the OAuth client secret."
    )
    ssl_cafile: Path | None = Field(default=None, description="PEM file of the authorities to trust.")
    ssl_certfile: Path | None = Field(
        default=None, description="PEM file of the client's certificate (mTLS)."
    )
    ssl_keyfile: Path | None = Field(default=None, description="PEM file of the client's private key (mTLS).")
    request_timeout_seconds: float = Field(default=15, gt=0, description="Deadline of one request.")

    @model_validator(mode="after")
    def _assigned_whole(self) -> "KafkaSettings":
        if (self.partition is None) != (self.offset is None):
            raise ValueError("KAFKA_PARTITION and KAFKA_OFFSET go together: set both or neither")
        return self

    @property
    def outcomes(self) -> str:
        """The outcomes topic's name."""
        return self.outcomes_topic or f"{self.topic}.outcomes"

    @property
    def dead_letters(self) -> str:
        """The dead-letter topic's name."""
        return self.dead_letters_topic or f"{self.topic}.dead-letters"


class RunnerSettings(BaseSettings):
    """How one runner works. Every field is the variable RUNNER_<FIELD>; times are seconds."""

    model_config = SettingsConfigDict(
        env_prefix="RUNNER_", frozen=True, env_ignore_empty=True, defer_build=True
    )

    job_uid: str = Field(
        default="", description="The Job's uid, from the pod label batch.kubernetes.io/controller-uid."
    )
    job_name: str = Field(default="", description="The Job's name, for logs, outcomes and dead letters.")
    pod_name: str = Field(default="", description="The pod's name. Default: the host name and process id.")
    namespace: str = Field(default="", description="The namespace, part of the claim's scope.")
    workload: str = Field(default="default", description="The workload's name, part of the claim's scope.")
    cluster: str = Field(default="", description="The cluster's name, part of the claim's scope.")
    batch_size: int = Field(
        default=1, ge=1, le=500, description="Messages of one partition to claim at once."
    )
    max_attempts: int = Field(default=3, ge=1, le=100, description="Attempts before a message is dead.")
    dedupe_seconds: float = Field(
        default=0, ge=0, description="A jobId that was claimed so recently is settled as a duplicate; 0: off."
    )
    claim_wait_seconds: float = Field(default=10, ge=0, description="How long to look for a message.")
    claimed_port: int = Field(
        default=0,
        ge=0,
        le=65535,
        description="Port to listen on once claimed, for the startupProbe; 0: none.",
    )
    settle_slots: int = Field(default=32, ge=1, le=1024, description="Transactional ids to settle with.")
    transaction_timeout_seconds: float = Field(
        default=15, gt=1, description="Kafka ends a longer transaction."
    )
    log_format: Literal["auto", "json", "text"] = Field(
        default="auto", description="auto: text on a terminal."
    )
    log_level: Literal["TRACE", "DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"


class ServersSettings(BaseSettings):
    """What a message's MCP servers get. Every field is the variable SERVERS_<FIELD>; times are seconds."""

    model_config = SettingsConfigDict(
        env_prefix="SERVERS_", frozen=True, env_ignore_empty=True, defer_build=True
    )

    socket: Path | None = Field(
        default=None,
        description="Unix socket between a runner and `mcp-jobs servers`. Default: a runner does without.",
    )
    message_timeout_seconds: float = Field(default=900, gt=0, description="Deadline of one message's work.")
    start_timeout_seconds: float = Field(default=60, gt=0, description="For a server to initialize.")
    call_timeout_seconds: float = Field(default=120, gt=0, description="For a tool call without a timeout.")
    env_file_root: Path = Field(
        default=Path("/etc/mcp-jobs/env"),
        description="Where envFile is looked up; nothing outside of it is read.",
    )
    work_dir: Path | None = Field(
        default=None, description="Working directory of the servers. Default: a new one."
    )
    cwd_root: Path | None = Field(
        default=None, description="Where the cwd of a server may lie. Default: the working directory."
    )
    allow: str = Field(
        default="",
        description="JSON of the chart's runner.allow: what messages may start and ask. Default: nothing.",
    )
    tenant: str = Field(default="", description="The workload's tenant: its rules in SERVERS_ALLOW hold too.")
    base_env: str = Field(
        default="PATH,LANG,LC_ALL,TZ,UV_CACHE_DIR,NPM_CONFIG_CACHE",
        description="Names of the variables that servers inherit, separated by commas.",
    )
    expand: str = Field(
        default="",
        description="Names of the variables that ${NAME} in a message may ask for, separated by commas.",
    )
    log_format: Literal["auto", "json", "text"] = Field(
        default="auto", description="auto: text on a terminal."
    )
    log_level: Literal["TRACE", "DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @field_validator("allow")
    @classmethod
    def _readable(cls, allow: str) -> str:
        """Bad rules end the process before it has claimed anything."""
        from mcp_jobs.core.allow import read_allow
        from mcp_jobs.core.errors import AllowError

        try:
            read_allow(allow)
        except AllowError as error:
            raise ValueError(str(error)) from None
        return allow


class TracingSettings(BaseSettings):
    """Where traces go. Every field is the variable OTEL_<FIELD>, as OpenTelemetry's own SDKs read it.

    Nothing in them is refused: a typo must not keep a message from being settled.
    """

    model_config = SettingsConfigDict(
        env_prefix="OTEL_", frozen=True, env_ignore_empty=True, defer_build=True
    )

    exporter_otlp_endpoint: str = Field(
        default="", description="A collector's base URL for OTLP over HTTP. Default: no traces are sent."
    )
    exporter_otlp_traces_endpoint: str = Field(default="", description="The whole URL, for traces alone.")
    traces_exporter: str = Field(default="otlp", description="none: no traces are sent.")
    sdk_disabled: str = Field(default="false", description="true: no traces are sent.")

    @property
    def endpoint(self) -> str:
        """The URL to send traces to, "" where none are to be sent."""
        if self.traces_exporter.strip().lower() == "none" or self.sdk_disabled.strip().lower() == "true":
            return ""
        base = self.exporter_otlp_endpoint.rstrip("/")
        return self.exporter_otlp_traces_endpoint or (f"{base}/v1/traces" if base else "")


class InitSettings(BaseSettings):
    """What `mcp-jobs init` does before the first message. Every field is the variable INIT_<FIELD>."""

    model_config = SettingsConfigDict(
        env_prefix="INIT_", frozen=True, env_ignore_empty=True, defer_build=True
    )

    create_topics: bool = Field(default=False, description="Create the topics that are missing.")
    partitions: int = Field(default=3, ge=1, description="Partitions of a topic that is created.")
    replication: int = Field(
        default=-1, ge=-1, description="Its replication factor; -1: the broker's default."
    )
    start_missing: bool = Field(
        default=False,
        description="Begin partitions whose offset may have expired: all their log holds runs again.",
    )
    wait_seconds: float = Field(default=60, ge=0, description="How long to wait for Kafka to answer.")


class AdmissionSettings(BaseSettings):
    """How the admission helper runs. Every field is the variable ADMISSION_<FIELD>; times are seconds."""

    model_config = SettingsConfigDict(
        env_prefix="ADMISSION_", frozen=True, env_ignore_empty=True, defer_build=True
    )

    port: int = Field(default=8443, ge=1, le=65535, description="HTTPS port of the webhooks and of peers.")
    metrics_port: int = Field(
        default=9090, ge=1, le=65535, description="HTTP port of /metrics, /healthz, /readyz."
    )
    page_port: int = Field(default=0, ge=0, le=65535, description="HTTP port of the page; 0: none.")
    page_address: str = Field(
        default="", description="IPv4 address that the page listens on, for a proxy beside it. Default: all."
    )
    page_hosts: str = Field(
        default="",
        pattern=r"^(\*|(\*\.)?[\w.-]+)?(,(\*|(\*\.)?[\w.-]+))*$",
        description="Host names besides localhost by which browsers may ask for the page, separated by commas"
        "; * is any.",
    )
    cert_file: Path = Field(
        default=Path("/etc/mcp-jobs/tls/tls.crt"), description="PEM; read again on change."
    )
    key_file: Path = Field(
        default=Path("/etc/mcp-jobs/tls/tls.key"), description="PEM; read again on change."
    )
    ca_file: Path = Field(
        default=Path("/etc/mcp-jobs/tls/ca.crt"), description="PEM; what peers are checked with."
    )
    policy_file: Path = Field(
        default=Path("/etc/mcp-jobs/policy/policy.yaml"), description="The policy; read again on change."
    )
    workloads_file: Path = Field(
        default=Path("/etc/mcp-jobs/policy/workloads.yaml"),
        description="The workloads: name, topic, group, tenant.",
    )
    namespace: str = Field(default="", description="The namespace of the release.")
    release: str = Field(
        default="mcp-jobs", description="The name that Lease and checkpoint ConfigMap start with."
    )
    pod_name: str = Field(default="", description="This replica's name.")
    pod_ip: str = Field(default="", description="This replica's address, for its peers.")
    cluster: str = Field(default="", description="The cluster's name, part of the claims' scope.")
    reconcile: bool = Field(default=True, description="Settle what dead Jobs left claimed (needs Kafka).")
    lease_seconds: float = Field(default=15, gt=3, description="How long a silent leader stays the leader.")
    sweep_seconds: float = Field(default=15, gt=0, description="Between two sweeps of the reconciler.")
    image_pull_limit_seconds: float = Field(
        default=600, gt=0, description="A Job whose image can't be pulled for so long is settled as failed."
    )
    log_format: Literal["auto", "json", "text"] = Field(
        default="auto", description="auto: text on a terminal."
    )
    log_level: Literal["TRACE", "DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

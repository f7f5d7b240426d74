"""The reconciler of the admission helper, put together: what its leader does beside answering reviews."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

import yaml

from mcp_jobs.adapters.kafka.connection import Connection
from mcp_jobs.adapters.kafka.outage import Interrupted
from mcp_jobs.adapters.kubernetes.checkpoint import ConfigMapCheckpoints
from mcp_jobs.adapters.kubernetes.client import Cluster
from mcp_jobs.adapters.kubernetes.jobs import KubernetesJobs, Watched
from mcp_jobs.adapters.metrics import Metrics
from mcp_jobs.adapters.policy_file import read_policy
from mcp_jobs.core.policy import PolicyError
from mcp_jobs.core.reconcile import Fate, Fates
from mcp_jobs.entrypoints.kafka_config import kafka_config
from mcp_jobs.entrypoints.settings_error import read
from mcp_jobs.entrypoints.tracing import collector
from mcp_jobs.entrypoints.workload_kafka import kafka_of
from mcp_jobs.reconciler.loop import KafkaOf, Reconciler
from mcp_jobs.reconciler.notices import Notices
from mcp_jobs.reconciler.ports import Times, Tools
from mcp_jobs.reconciler.sweep import Sweep
from mcp_jobs.reconciler.workload import Workload, WorkloadsError, read_workloads
from mcp_jobs.settings import AdmissionSettings, KafkaSettings, TracingSettings


def start_reconciler(
    settings: AdmissionSettings,
    cluster: Cluster,
    metrics: Metrics,
    stop: threading.Event,
    wake: threading.Event | None = None,
    watched: Watched = lambda: None,
) -> None:
    """Reconcile until told to stop. `wake`: look sooner. Raises SettingsError without Kafka's settings."""
    kafka = read(KafkaSettings)
    jobs = KubernetesJobs(cluster, settings.namespace, watched)
    name = f"{settings.release}-checkpoint"
    owner = f"{settings.release}-admission"
    checkpoints = ConfigMapCheckpoints(cluster, settings.namespace, name, owner=owner)
    times = Times(image_pull=settings.image_pull_limit_seconds)
    fates = _fates(settings)

    def begin(workload: Workload) -> Sweep:
        metrics.begin(workload.name, workload.tenant)
        notices = Notices(workload=workload.name)
        tools = Tools(metrics=metrics, notices=notices, times=times, spans=spans)
        return Sweep(workload, jobs, checkpoints, fates, tools)

    reconciler = Reconciler(workloads_of(settings), begin, jobs, metrics)
    about = {"k8s.namespace.name": settings.namespace, "service.instance.id": settings.pod_name}
    with suppress(Interrupted), collector(read(TracingSettings), about) as spans:
        reconciler.run(
            lambda: connected(kafka, stop), settings.sweep_seconds, stop=stop, wake=wake or threading.Event()
        )


@contextmanager
def connected(settings: KafkaSettings, stop: threading.Event) -> Iterator[KafkaOf]:
    """A connection to Kafka. Raises ProtocolError where there is none."""
    config = kafka_config(settings, client_id="mcp-jobs-reconciler")
    with Connection(config, timeout=settings.request_timeout_seconds, stop=stop) as connection:
        yield lambda workload: kafka_of(connection, workload, stop)


def workloads_of(settings: AdmissionSettings) -> Callable[[], Sequence[Workload]]:
    """Reads the workloads' file; what it returns raises WorkloadsError where that can't be read."""
    path = settings.workloads_file

    def workloads() -> Sequence[Workload]:
        try:
            tree = yaml.safe_load(path.read_bytes())
        except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
            raise WorkloadsError(f"the workloads in {path} can't be read: {error}") from error
        return read_workloads(tree, cluster=settings.cluster, namespace=settings.namespace)

    return workloads


def _fates(settings: AdmissionSettings) -> Callable[[], Fates]:
    """What policy says of orphans, read again each time; the last good policy is good."""
    last = Fates()

    def fates() -> Fates:
        nonlocal last
        with suppress(PolicyError):  # whoever keeps the policy says so
            orphans = read_policy(settings.policy_file).orphans
            last = Fates(Fate(orphans.complete), Fate(orphans.failed))
        return last

    return fates

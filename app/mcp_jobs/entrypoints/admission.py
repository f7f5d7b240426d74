"""`mcp-jobs admission`: the helper that keeps the policy, and settles what dead Jobs left claimed."""

import socket
import threading
from contextlib import suppress

from loguru import logger

from mcp_jobs import logs
from mcp_jobs.adapters.kubernetes.client import Cluster, connect
from mcp_jobs.adapters.metrics import Metrics
from mcp_jobs.admission.helper import Files, Helper, Place, Times
from mcp_jobs.admission.job_count import JobCount
from mcp_jobs.admission.page import Page
from mcp_jobs.admission.term import Duty
from mcp_jobs.core.errors import McpJobsError
from mcp_jobs.core.exits import Exit
from mcp_jobs.core.job_object import MANAGED
from mcp_jobs.entrypoints.settings_error import SettingsError, read
from mcp_jobs.entrypoints.termination import Termination
from mcp_jobs.reconciler.workload import WorkloadsError
from mcp_jobs.settings import AdmissionSettings, KafkaSettings

#: the chart's default, and Kubernetes' own limit for most installations
_WEBHOOK_SECONDS = 5.0


def main() -> int:
    """Serve until SIGTERM; the exit code is for the Deployment."""
    termination = Termination()
    termination.install()
    logs.set_up()
    try:
        settings = read(AdmissionSettings)
        logs.set_up(settings.log_format, settings.log_level)
        place = _place(settings)
        cluster, metrics = connect(), Metrics()
        duty = _reconciler(settings, cluster, metrics) if settings.reconcile else None
        helper = Helper(cluster, metrics, place, _files(settings), _times(settings), duty)
        if settings.page_port:
            helper.add_page(_page(settings))
        logger.info("Serving as {} in namespace {}", place.pod_name, place.namespace)
        helper.run(termination.stop)
    except SettingsError as error:
        logger.error("{}", error)
        return Exit.USAGE
    except McpJobsError as error:
        logger.error("{}", error)
        return Exit.RETRY
    return Exit.DONE


def _place(settings: AdmissionSettings) -> Place:
    if not settings.namespace:
        raise SettingsError("ADMISSION_NAMESPACE is not set")
    return Place(
        namespace=settings.namespace,
        release=settings.release,
        pod_name=settings.pod_name or socket.gethostname(),
        pod_ip=settings.pod_ip or "127.0.0.1",
        port=settings.port,
        metrics_port=settings.metrics_port,
        selector=f"{MANAGED}=true",
    )


def _files(settings: AdmissionSettings) -> Files:
    return Files(
        cert=settings.cert_file, key=settings.key_file, ca=settings.ca_file, policy=settings.policy_file
    )


def _times(settings: AdmissionSettings) -> Times:
    return Times(lease=settings.lease_seconds, webhook=_WEBHOOK_SECONDS)


def _reconciler(settings: AdmissionSettings, cluster: Cluster, metrics: Metrics) -> Duty:
    """The reconciler; only with it are Kafka and its credentials needed."""
    from mcp_jobs.entrypoints.admission_reconciler import start_reconciler, workloads_of

    read(KafkaSettings)  # what is missing is told now, and not when this replica leads
    with suppress(WorkloadsError):  # the reconciler tells
        for workload in workloads_of(settings)():
            # now, so that what is counted once it leads is an increase
            metrics.begin(workload.name, workload.tenant)
    wake = threading.Event()

    def reconcile(stop: threading.Event, jobs: JobCount) -> None:
        start_reconciler(settings, cluster, metrics, stop, wake, jobs.views)

    return Duty(reconcile, wake.set)


def _page(settings: AdmissionSettings) -> Page:
    from mcp_jobs.entrypoints.admission_page import page_of

    return page_of(settings)

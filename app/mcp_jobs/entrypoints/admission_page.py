"""The page of the admission helper, put together: where its history comes from."""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from mcp_jobs.adapters.kafka.connection import Connection
from mcp_jobs.adapters.kafka.outage import Interrupted
from mcp_jobs.adapters.kafka.outcomes import Tail, read_outcome
from mcp_jobs.adapters.kafka.session import Session
from mcp_jobs.admission.page import Page
from mcp_jobs.core.errors import McpJobsError
from mcp_jobs.core.log import Reading
from mcp_jobs.core.requests import Ends, Fetch, ReadEnds
from mcp_jobs.entrypoints.admission_reconciler import workloads_of
from mcp_jobs.entrypoints.kafka_config import kafka_config
from mcp_jobs.entrypoints.settings_error import SettingsError, read
from mcp_jobs.page.history import History
from mcp_jobs.reconciler.look import expect
from mcp_jobs.reconciler.workload import Workload
from mcp_jobs.settings import AdmissionSettings, KafkaSettings

_POLL_SECONDS, _RETRY_SECONDS = 2.0, 10.0
#: outcomes of one partition that a new history begins with
_BEFORE = 500


def page_of(settings: AdmissionSettings) -> Page:
    """The page. Raises SettingsError."""
    if not settings.reconcile:
        raise SettingsError(
            "ADMISSION_PAGE_PORT needs ADMISSION_RECONCILE: the page shows what the reconciler sees"
        )
    history, workloads = History(), workloads_of(settings)
    return Page(
        port=settings.page_port,
        address=settings.page_address,
        where=f"{settings.release} in namespace {settings.namespace}",
        history=history,
        workloads=lambda: _names(workloads),
        follow=lambda stop: Follower(workloads, history, stop).run(read(KafkaSettings)),
        hosts=[host.strip() for host in settings.page_hosts.split(",") if host.strip()],
        late=3 * settings.sweep_seconds + 30,
    )


def _names(workloads: Callable[[], Sequence[Workload]]) -> list[str]:
    """None while the list can't be read: the reconciler says so in the log."""
    with suppress(McpJobsError):
        return [workload.name for workload in workloads()]
    return []


class Follower:
    """Reads the outcomes of all workloads into a history, over a connection of its own."""

    def __init__(
        self, workloads: Callable[[], Sequence[Workload]], history: History, stop: threading.Event
    ) -> None:
        self._workloads = workloads
        self._history = history
        self._stop = stop
        self._tails: dict[Workload, Tail] = {}

    def run(self, settings: KafkaSettings) -> None:
        """Read on until told to stop. What goes wrong is told by the history, and tried again."""
        config = kafka_config(settings, client_id="mcp-jobs-page")
        with suppress(Interrupted):
            while not self._stop.is_set():
                try:
                    with Connection(
                        config, timeout=settings.request_timeout_seconds, stop=self._stop
                    ) as connection:
                        self._follow(connection)
                except McpJobsError as error:
                    self._history.problem = f"no outcomes are read: {error}"
                self._stop.wait(_RETRY_SECONDS)

    def _follow(self, connection: Connection) -> None:
        """Read on until Kafka refuses to be read. Raises McpJobsError."""
        self._history.begin()
        self._tails = {}
        while not self._stop.is_set():
            for workload in self._workloads():
                self._read(connection, workload)
            self._history.problem = ""
            self._stop.wait(_POLL_SECONDS)

    def _read(self, connection: Connection, workload: Workload) -> None:
        if workload not in self._tails:
            start = self._start(Session(connection, workload.topics.outcomes, stop=self._stop))
            self._tails[workload] = Tail(connection, workload.topics.outcomes, start=start)
        for record in self._tails[workload].poll():
            outcome = read_outcome(record)
            if outcome and outcome.get("topic") == workload.topics.messages:
                self._history.add(workload.name, outcome)

    def _start(self, outcomes: Session) -> dict[int, int]:
        """A little before the end of each partition: what was before this replica began is shown, too."""
        ends = expect(Ends, outcomes, ReadEnds(starts=True))
        begin = {partition: max(start, end - _BEFORE) for partition, start, end in ends.ends}
        for partition, start, _ in ends.ends:
            if begin[partition] > start:
                first = expect(Reading, outcomes, Fetch(partition, begin[partition], 1))
                found = first.records[0].timestamp / 1000 if first.records else time.time()
                self._history.counts_since(found)
        return begin

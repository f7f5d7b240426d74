"""`mcp-jobs runner`: what runs in a Job's pod.

Start-up counts, once for each message: what only the work needs is imported while the claim waits for Kafka.
"""

import json
import os
import secrets
import shutil
import socket
import tempfile
import threading
import time
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import Any

from loguru import logger

from mcp_jobs import logs
from mcp_jobs.adapters.kafka.connection import Connection
from mcp_jobs.adapters.kafka.session import Interrupted, Session
from mcp_jobs.core.claimant import Claimant
from mcp_jobs.core.entry import Entry, Scope
from mcp_jobs.core.envelope import Envelope
from mcp_jobs.core.errors import McpJobsError
from mcp_jobs.core.log import Reading
from mcp_jobs.core.outcome import Job
from mcp_jobs.core.report import WorkReport
from mcp_jobs.core.requests import Answer, Fetch, InitProducer, Request
from mcp_jobs.entrypoints.kafka_config import kafka_config
from mcp_jobs.entrypoints.settings_error import SettingsError, read
from mcp_jobs.entrypoints.termination import Terminated, Termination
from mcp_jobs.runner import Exit, Runner, Topics
from mcp_jobs.settings import KafkaSettings, RunnerSettings

#: what a server process sees of the runner's environment
_INHERITED = ("PATH", "LANG", "LC_ALL", "TZ")

#: waits that somebody else's transaction is given before it is fenced
_PATIENCE = 8


class Importer:
    """Imports the MCP side in the background; its second of computing overlaps the waits for Kafka."""

    def __init__(self) -> None:
        self._thread = threading.Thread(target=self._load, name="import-mcp", daemon=True)
        self._module: Any = None

    def _load(self) -> None:
        self._module = import_module("mcp_jobs.adapters.mcp.work")

    def start(self) -> None:
        """Begin, once."""
        if self._thread.ident is None:
            self._thread.start()

    def get(self) -> Any:
        """The module."""
        self.start()
        self._thread.join()
        return self._module or import_module("mcp_jobs.adapters.mcp.work")  # raises what the thread swallowed


def main() -> int:
    """Run once; the exit code is for the Job (see runner.Exit)."""
    try:
        kafka, runner = read(KafkaSettings), read(RunnerSettings)
    except SettingsError as error:
        logs.set_up()
        logger.error(str(error))
        return Exit.USAGE
    logs.set_up(runner.log_format, runner.log_level)
    termination = Termination()
    termination.install()
    try:
        with ExitStack() as stack, logger.contextualize(job=runner.job_name, jobUid=runner.job_uid):
            return _run(kafka, runner, termination, stack)
    except (Interrupted, Terminated):
        logger.warning("terminated; the claim, if there is one, stays for the next attempt")
        return Exit.TERMINATED
    except McpJobsError as error:
        logger.error(str(error))
        return Exit.RETRY


def _run(kafka: KafkaSettings, settings: RunnerSettings, termination: Termination, stack: ExitStack) -> int:
    connection = stack.enter_context(Connection(kafka_config(kafka), timeout=kafka.request_timeout_seconds))
    topic = connection.topic(kafka.topic)
    timeout = settings.transaction_timeout_seconds
    session = Session(
        connection,
        topic.name,
        transaction_timeout=timeout,
        idle=settings.claim_wait_seconds,
        stop=termination.stop,
    )
    importer = Importer()

    def execute(request: Request) -> Answer:
        if isinstance(request, InitProducer):  # there is a message
            importer.start()
        return session.execute(request)

    holder = f"{settings.pod_name or socket.gethostname()}/{secrets.token_hex(4)}"
    runner = Runner(
        me=Claimant(
            group=kafka.consumer_group,
            job_uid=settings.job_uid or secrets.token_hex(16),
            holder=holder,
            topic_id=topic.id,
            batch_size=settings.batch_size,
            slots=settings.settle_slots,
            scope=Scope(settings.cluster, settings.namespace, settings.workload),
            job=settings.job_name,
            patience=_PATIENCE,
        ),
        job=Job(name=settings.job_name, uid=settings.job_uid, pod=settings.pod_name),
        topics=Topics(topic.name, kafka.outcomes, kafka.dead_letters),
        max_attempts=settings.max_attempts,
        execute=execute,
        settle=Session(connection, topic.name, transaction_timeout=timeout).execute,
        work=lambda envelope: _work(envelope, settings, importer, termination),
        show=lambda: _listen(settings.claimed_port, stack),
        clock=lambda: int(time.time() * 1000),
    )
    if kafka.partition is not None and kafka.offset is not None:
        return _assigned(runner, session, kafka.partition, kafka.offset)
    return runner.run()


def _work(
    envelope: Envelope, settings: RunnerSettings, importer: Importer, termination: Termination
) -> WorkReport:
    """Run an envelope's servers in a working directory of its own."""
    module = importer.get()
    directory = settings.work_dir or Path(tempfile.mkdtemp(prefix="mcp-jobs-"))
    try:
        surroundings = module.Surroundings(
            base_env={name: os.environ[name] for name in _INHERITED if name in os.environ}
            | {"HOME": str(directory), "TMPDIR": tempfile.gettempdir()},
            work_dir=directory,
            env_file_root=settings.env_file_root,
        )
        limits = module.Limits(
            message_seconds=settings.message_timeout_seconds,
            server_start_seconds=settings.server_start_timeout_seconds,
            call_seconds=settings.call_timeout_seconds,
        )
        report: WorkReport = termination.run(
            lambda: module.run_message(
                envelope.servers, envelope.calls, limits=limits, surroundings=surroundings
            )
        )
        return report
    finally:
        if not settings.work_dir:
            shutil.rmtree(directory, ignore_errors=True)


def _listen(port: int, stack: ExitStack) -> None:
    """Open the port that the startupProbe knocks at: the kernel accepts, nothing needs to be served."""
    if port:
        stack.enter_context(socket.create_server(("", port), backlog=8))


def _assigned(runner: Runner, session: Session, partition: int, offset: int) -> Exit:
    """Run one given message again: nothing is claimed or settled, the outcome goes to standard output."""
    reading = session.execute(Fetch(partition, offset, 1))
    found = reading.records if isinstance(reading, Reading) else ()
    if not found or found[0].offset != offset:
        logger.error(
            f"there is no message at offset {offset} of partition {partition} of {runner.topics.messages}"
        )
        return Exit.RETRY
    entry = Entry((offset,), attempt=1, holder=runner.me.holder, slot=0)
    attempt = runner.attempt(partition, entry, offset, found[0])
    print(json.dumps(attempt.outcome(), ensure_ascii=False))
    failure = attempt.report.failure
    if not failure:
        return Exit.DONE
    logger.error(failure.message)
    return Exit.RETRY if failure.retriable else Exit.FAILED

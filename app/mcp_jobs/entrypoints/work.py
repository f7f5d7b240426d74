"""The runner's second half: everything that is needed once the claim has ended."""

import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from loguru import logger

from mcp_jobs import logs
from mcp_jobs.adapters.kafka.connection import Connection
from mcp_jobs.adapters.kafka.session import Session
from mcp_jobs.core.claimant import Claimant
from mcp_jobs.core.entry import Entry
from mcp_jobs.core.envelope import Envelope
from mcp_jobs.core.exits import Exit
from mcp_jobs.core.log import Reading
from mcp_jobs.core.names import Topics
from mcp_jobs.core.outcome import Job
from mcp_jobs.core.report import WorkReport
from mcp_jobs.core.requests import Answer, Fetch, Request
from mcp_jobs.core.step import Ended
from mcp_jobs.entrypoints.termination import Termination
from mcp_jobs.runner import Runner
from mcp_jobs.settings import KafkaSettings, RunnerSettings

Settings = tuple[KafkaSettings, RunnerSettings]


def finish(
    end: Ended, me: Claimant, settings: Settings, connection: Connection, termination: Termination
) -> Exit:
    """Work on what was claimed and settle it."""
    kafka, runner = settings
    timeout = runner.transaction_timeout_seconds
    session = Session(connection, kafka.topic, transaction_timeout=timeout)  # no signal stops a settlement

    logs.set_up(runner.log_format, runner.log_level)
    with logger.contextualize(job=runner.job_name, jobUid=me.job_uid):
        return _runner(me, settings, session.execute, termination).finish(end)


def assigned(
    kafka: KafkaSettings, settings: RunnerSettings, session: Session, termination: Termination
) -> Exit:
    """Run one given message again: nothing is claimed or settled, the outcome goes to standard output."""
    logs.set_up(settings.log_format, settings.log_level)
    partition, offset = kafka.partition or 0, kafka.offset or 0
    reading = session.execute(Fetch(partition, offset, 1))
    found = reading.records if isinstance(reading, Reading) else ()
    if not found or found[0].offset != offset:
        logger.error(f"there is no message at offset {offset} of partition {partition} of {kafka.topic}")
        return Exit.RETRY
    me = Claimant(kafka.consumer_group, settings.job_uid, "assigned")
    runner = _runner(me, (kafka, settings), session.execute, termination)
    attempt = runner.attempt(partition, Entry((offset,), 1, me.holder, 0), offset, found[0])
    print(json.dumps(attempt.outcome(), ensure_ascii=False))
    failure = attempt.report.failure
    if not failure:
        return Exit.DONE
    logger.error(failure.message)
    return Exit.RETRY if failure.retriable else Exit.FAILED


def _runner(
    me: Claimant, settings: Settings, settle: Callable[[Request], Answer], termination: Termination
) -> Runner:
    kafka, runner = settings
    return Runner(
        me=me,
        job=Job(name=runner.job_name, uid=me.job_uid, pod=runner.pod_name),
        topics=Topics(kafka.topic, kafka.outcomes, kafka.dead_letters),
        max_attempts=runner.max_attempts,
        settle=settle,
        work=lambda envelope: _work(envelope, runner, termination),
        clock=lambda: int(time.time() * 1000),
    )


def _work(envelope: Envelope, settings: RunnerSettings, termination: Termination) -> WorkReport:
    """Run an envelope's servers in a working directory of its own."""
    from mcp_jobs.adapters.mcp.limits import Limits, Surroundings
    from mcp_jobs.adapters.mcp.work import run_message

    directory = settings.work_dir or Path(tempfile.mkdtemp(prefix="mcp-jobs-"))
    try:
        surroundings = Surroundings(
            base_env={name: os.environ[name] for name in settings.server_env.split(",") if name in os.environ}
            | {"HOME": str(directory), "TMPDIR": tempfile.gettempdir()},
            work_dir=directory,
            env_file_root=settings.env_file_root,
            cwd_root=settings.cwd_root,
        )
        limits = Limits(
            message_seconds=settings.message_timeout_seconds,
            server_start_seconds=settings.server_start_timeout_seconds,
            call_seconds=settings.call_timeout_seconds,
        )
        return termination.run(
            lambda: run_message(envelope.servers, envelope.calls, limits=limits, surroundings=surroundings)
        )
    finally:
        if not settings.work_dir:
            shutil.rmtree(directory, ignore_errors=True)

"""The runner's second half: everything that is needed once the claim has ended."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from loguru import logger

from mcp_jobs import logs
from mcp_jobs.adapters.handover.listener import Listener
from mcp_jobs.adapters.kafka.connection import Connection
from mcp_jobs.adapters.kafka.session import Session
from mcp_jobs.core.claimant import Claimant
from mcp_jobs.core.entry import Entry
from mcp_jobs.core.envelope import Envelope
from mcp_jobs.core.errors import ServersError
from mcp_jobs.core.exits import Exit
from mcp_jobs.core.log import Reading
from mcp_jobs.core.names import Topics
from mcp_jobs.core.order import Order
from mcp_jobs.core.outcome import Job
from mcp_jobs.core.report import WorkReport
from mcp_jobs.core.requests import Answer, Fetch, Request
from mcp_jobs.core.spans import Span, spans_of
from mcp_jobs.core.step import Ended
from mcp_jobs.entrypoints.settings_error import read
from mcp_jobs.entrypoints.termination import Terminated, Termination
from mcp_jobs.entrypoints.tracing import collector
from mcp_jobs.runner import Runner
from mcp_jobs.settings import KafkaSettings, RunnerSettings, ServersSettings, TracingSettings
from mcp_jobs.unwanted import Unwanted

Settings = tuple[KafkaSettings, RunnerSettings, ServersSettings]

#: seconds that servers may take longer than their message, to be ended
_SLACK_SECONDS = 30.0
_SAME_SIGNAL_SECONDS = 1.0


def finish(
    end: Ended,
    me: Claimant,
    settings: Settings,
    site: Listener | None,
    connection: Connection,
    termination: Termination,
) -> Exit:
    """Work on what was claimed and settle it. `site` is where the servers run, None: here."""
    kafka, runner, _ = settings
    claimed = me.began, _now()
    timeout = runner.transaction_timeout_seconds
    session = Session(connection, kafka.topic, transaction_timeout=timeout)  # no signal stops a settlement

    logs.set_up(runner.log_format, runner.log_level)
    with logger.contextualize(job=runner.job_name, jobUid=me.job_uid):
        tracing = read(TracingSettings)
        spans: list[Span] = []
        work = replace(
            _runner(me, settings, site, session.execute, termination),
            tracing=bool(tracing.endpoint),
            over=lambda attempt, settled: spans.extend(spans_of(attempt, me.group, claimed, settled)),
        )
        try:
            return work.finish(end)
        finally:  # what was settled before a signal is told, too
            if spans:
                _send(spans, tracing, runner)


def _send(spans: Sequence[Span], tracing: TracingSettings, runner: RunnerSettings) -> None:
    about = {"k8s.namespace.name": runner.namespace, "service.instance.id": runner.pod_name}
    with collector(tracing, about) as send:
        if send:
            send(spans)


def assigned(settings: Settings, site: Listener | None, session: Session, termination: Termination) -> Exit:
    """Run one given message again: nothing is claimed or settled, the outcome goes to standard output."""
    kafka, mine, _ = settings
    logs.set_up(mine.log_format, mine.log_level)
    partition, offset = kafka.partition or 0, kafka.offset or 0
    reading = session.execute(Fetch(partition, offset, 1))
    found = reading.records if isinstance(reading, Reading) else ()
    if not found or found[0].offset != offset:
        logger.error(f"there is no message at offset {offset} of partition {partition} of {kafka.topic}")
        return Exit.RETRY
    me = Claimant(kafka.consumer_group, mine.job_uid, "assigned")
    runner = _runner(me, settings, site, session.execute, termination)
    attempt = runner.attempt(partition, Entry((offset,), 1, me.holder, 0), offset, found[0])
    print(json.dumps(attempt.outcome(), ensure_ascii=False))
    failure = attempt.report.failure
    if not failure:
        return Exit.DONE
    logger.error(failure.message)
    return Exit.RETRY if failure.retriable else Exit.FAILED


def _runner(
    me: Claimant,
    settings: Settings,
    site: Listener | None,
    settle: Callable[[Request], Answer],
    termination: Termination,
) -> Runner:
    kafka, runner, servers = settings
    window = int(runner.dedupe_seconds * 1000)
    return Runner(
        me=me,
        job=Job(name=runner.job_name, uid=me.job_uid, pod=runner.pod_name),
        topics=Topics(kafka.topic, kafka.outcomes, kafka.dead_letters),
        max_attempts=runner.max_attempts,
        settle=settle,
        work=lambda envelope: _work(_order(envelope), servers, site, termination),
        unwanted=Unwanted(me=me, ask=settle, clock=_now, window=window).why,
        clock=_now,
    )


def _order(envelope: Envelope) -> Order:
    return Order(
        job_id=envelope.job_id,
        tenant=envelope.tenant,
        servers=envelope.servers,
        calls=envelope.calls,
        traceparent=envelope.traceparent,
    )


def _now() -> int:
    return int(time.time() * 1000)


def _work(
    order: Order, settings: ServersSettings, site: Listener | None, termination: Termination
) -> WorkReport:
    """Have an order carried out: in the container `servers`, or here where there is none."""
    if site is None:
        from mcp_jobs.entrypoints.carry_out import carry_out

        return termination.run(lambda: carry_out(order, settings))
    from mcp_jobs.adapters.handover.ask import ask

    connection = site.connection(termination.stop)
    if connection is None:
        raise Terminated
    try:
        return termination.run(
            lambda: ask(connection, order, settings.message_timeout_seconds + _SLACK_SECONDS)
        )
    except ServersError:
        # A pod that is to end tells both containers, and the other one may have heard it first.
        if termination.stop.wait(_SAME_SIGNAL_SECONDS):
            raise Terminated from None
        raise

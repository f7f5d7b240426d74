"""`mcp-jobs runner`: what runs in a Job's pod.

Start-up counts, once for each message: up to the claim nothing is imported but what claims. The rest
(entrypoints.work) is imported while the claim waits for Kafka.
"""

import secrets
import socket
import sys
import threading
from contextlib import ExitStack, suppress
from importlib import import_module

from mcp_jobs.adapters.kafka.connection import Connection
from mcp_jobs.adapters.kafka.session import Interrupted, Session
from mcp_jobs.core.claim import claim
from mcp_jobs.core.claimant import Claimant, Claimed
from mcp_jobs.core.entry import Scope
from mcp_jobs.core.errors import McpJobsError
from mcp_jobs.core.exits import Exit
from mcp_jobs.core.requests import Answer, InitProducer, Request
from mcp_jobs.core.step import drive
from mcp_jobs.entrypoints.kafka_config import kafka_config
from mcp_jobs.entrypoints.settings_error import SettingsError, read
from mcp_jobs.entrypoints.termination import Terminated, Termination
from mcp_jobs.settings import KafkaSettings, RunnerSettings

#: waits that somebody else's transaction is given before it is fenced
_PATIENCE = 8


class _Rest:
    """What is needed once there is a message, imported in the background: a second of computing."""

    def __init__(self) -> None:
        self._thread = threading.Thread(target=self._load, name="import", daemon=True)

    def _load(self) -> None:
        with suppress(ImportError):  # the import in the foreground tells
            import_module("mcp_jobs.adapters.mcp.work")

    def start(self) -> None:
        """Begin, once."""
        if self._thread.ident is None:
            # The claim is in its transaction and must not wait 5 ms for the interpreter each time.
            sys.setswitchinterval(0.0005)
            self._thread.start()


def main() -> int:
    """Run once; the exit code is for the Job."""
    termination = Termination()
    termination.install()
    problem, code = "terminated; the claim, if there is one, stays for the next attempt", Exit.TERMINATED
    try:
        kafka, settings = read(KafkaSettings), read(RunnerSettings)
        with ExitStack() as stack:
            return _run(kafka, settings, termination, stack)
    except (Interrupted, Terminated):
        pass
    except SettingsError as error:
        problem, code = str(error), Exit.USAGE
    except McpJobsError as error:
        problem, code = str(error), Exit.RETRY
    _say(problem)
    return code


def _say(problem: str) -> None:
    from loguru import logger

    from mcp_jobs import logs

    logs.set_up()
    logger.error(problem)


def _run(kafka: KafkaSettings, settings: RunnerSettings, termination: Termination, stack: ExitStack) -> int:
    connection = stack.enter_context(Connection(kafka_config(kafka), timeout=kafka.request_timeout_seconds))
    topic = connection.existing(kafka.topic)
    session = Session(
        connection,
        topic.name,
        transaction_timeout=settings.transaction_timeout_seconds,
        idle=settings.claim_wait_seconds,
        stop=termination.stop,
    )
    if kafka.partition is not None and kafka.offset is not None:
        from mcp_jobs.entrypoints.work import assigned

        return assigned(kafka, settings, session, termination)
    me = _claimant(kafka, settings, topic.id)
    rest = _Rest()

    def execute(request: Request) -> Answer:
        if isinstance(request, InitProducer):  # there is a message
            rest.start()
        return session.execute(request)

    end = drive(claim(me), execute)
    if isinstance(end, Claimed) and settings.claimed_port:
        # The startupProbe knocks here. The kernel accepts, nothing needs to be served.
        stack.enter_context(socket.create_server(("", settings.claimed_port), backlog=8))
    from mcp_jobs.entrypoints.work import finish

    return finish(end, me, (kafka, settings), connection, termination)


def _claimant(kafka: KafkaSettings, settings: RunnerSettings, topic_id: str) -> Claimant:
    return Claimant(
        group=kafka.consumer_group,
        job_uid=settings.job_uid or secrets.token_hex(16),
        holder=f"{settings.pod_name or socket.gethostname()}/{secrets.token_hex(4)}",
        topic_id=topic_id,
        batch_size=settings.batch_size,
        slots=settings.settle_slots,
        scope=Scope(settings.cluster, settings.namespace, settings.workload),
        job=settings.job_name,
        patience=_PATIENCE,
    )

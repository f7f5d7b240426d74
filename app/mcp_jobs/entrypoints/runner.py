"""`mcp-jobs runner`: what runs in a Job's pod.

Start-up counts, once for each message: up to the claim nothing is imported but what claims. The rest
(entrypoints.work) is imported while the claim waits for Kafka.
"""

import secrets
import socket
import sys
import threading
import time
from contextlib import ExitStack, suppress
from importlib import import_module

from mcp_jobs.adapters.handover.listener import Listener
from mcp_jobs.adapters.kafka.connection import Connection
from mcp_jobs.adapters.kafka.outage import Interrupted
from mcp_jobs.adapters.kafka.session import Session
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
from mcp_jobs.settings import KafkaSettings, RunnerSettings, ServersSettings

Settings = tuple[KafkaSettings, RunnerSettings, ServersSettings]

#: waits that somebody else's transaction is given before it is fenced
_PATIENCE = 8


class _Rest:
    """What is needed once there is a message, imported in the background: a second of computing."""

    def __init__(self, module: str) -> None:
        self._module = module
        self._thread = threading.Thread(target=self._load, name="import", daemon=True)

    def _load(self) -> None:
        with suppress(ImportError):  # the import in the foreground tells
            import_module(self._module)

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
        with ExitStack() as stack:
            servers = read(ServersSettings)
            # First of all: whoever waits at the other end is to learn of whatever end this process comes to.
            site = stack.enter_context(Listener(servers.socket)) if servers.socket else None
            settings = read(KafkaSettings), read(RunnerSettings), servers
            return _run(settings, site, termination, stack)
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


def _run(settings: Settings, site: Listener | None, termination: Termination, stack: ExitStack) -> int:
    kafka, mine, _ = settings
    connection = stack.enter_context(
        Connection(kafka_config(kafka), timeout=kafka.request_timeout_seconds, stop=termination.stop)
    )
    topic = connection.existing(kafka.topic)
    session = Session(
        connection,
        topic.name,
        transaction_timeout=mine.transaction_timeout_seconds,
        idle=mine.claim_wait_seconds,
        stop=termination.stop,
    )
    if kafka.partition is not None and kafka.offset is not None:
        from mcp_jobs.entrypoints.work import assigned

        return assigned(settings, site, session, termination)
    me = _claimant(kafka, mine, topic.id)
    rest = _Rest("mcp_jobs.adapters.handover.ask" if site else "mcp_jobs.entrypoints.carry_out")

    def execute(request: Request) -> Answer:
        if isinstance(request, InitProducer):  # there is a message
            rest.start()
            if site:  # without servers nothing is claimed
                site.connection(termination.stop)
        return session.execute(request)

    end = drive(claim(me), execute)
    if isinstance(end, Claimed) and mine.claimed_port:
        # The startupProbe knocks here. The kernel accepts, nothing needs to be served.
        stack.enter_context(socket.create_server(("", mine.claimed_port), backlog=8))
    from mcp_jobs.entrypoints.work import finish

    return finish(end, me, settings, site, connection, termination)


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
        began=int(time.time() * 1000),
    )

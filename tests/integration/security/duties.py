"""What each role does in Kafka, all of it, as a user with no more rights than a test gives."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from loguru import logger
from rich.console import Console

from integration.claim.workload import Workload
from integration.reconciler.helper import SCOPE, Helper
from integration.security.logins import settings
from mcp_jobs.adapters.kafka.connection import Connection
from mcp_jobs.adapters.kafka.topics import create_topic
from mcp_jobs.core.acls import Role
from mcp_jobs.core.errors import McpJobsError
from mcp_jobs.core.marks import Mark
from mcp_jobs.core.reconcile import Fate, Fates, JobState
from mcp_jobs.core.requests import ReadEnds, ReadOffsets, Rejected
from mcp_jobs.entrypoints.batch import Batch
from mcp_jobs.entrypoints.files import Sourced
from mcp_jobs.entrypoints.init import initialize
from mcp_jobs.entrypoints.kafka_config import kafka_config
from mcp_jobs.entrypoints.operator.cancelling import cancel_jobs
from mcp_jobs.entrypoints.operator.dead_letters import Filter
from mcp_jobs.entrypoints.operator.desk import Desk
from mcp_jobs.entrypoints.operator.output import Output
from mcp_jobs.entrypoints.operator.redriving import decide
from mcp_jobs.entrypoints.submit import submit
from mcp_jobs.settings import InitSettings, KafkaSettings

MESSAGE = b'{"jobId": "a", "payload": {"mcpServers": {"s": {"command": "s"}}}}'
WAITING = MESSAGE.replace(b'"a"', b'"b"')
NO_MESSAGE = b"not an envelope"
#: seconds after which a settled claim group may be deleted, and some more
GRACE = 1_000


@dataclass(frozen=True)
class Mine(Workload):
    """A workload as one user reaches it; `login` are the user's KAFKA_ variables."""

    login: Mapping[str, str] = field(default_factory=dict)

    @property
    def config(self) -> dict[str, Any]:
        return kafka_config(self.settings)

    @property
    def settings(self) -> KafkaSettings:
        return settings({**self.login, "KAFKA_TOPIC": self.topic, "KAFKA_CONSUMER_GROUP": self.group})


def prepare(role: Role, admin: Workload) -> None:
    """What is there before the role does its work, made by the administrator."""
    if role is Role.INIT:
        return  # it makes the topics
    for topic in (admin.topic, admin.topics.outcomes, admin.topics.dead_letters):
        create_topic(admin.config, topic, partitions=1)
    admin.install()


def do(role: Role, mine: Mine, admin: Workload) -> list[str]:
    """Do the role's work as far as it is allowed, and return all that was said of it."""
    said: list[str] = []
    sink = logger.add(lambda line: said.append(str(line)), level="WARNING", format="{message}")
    try:
        _DUTIES[role](mine, admin)
    except McpJobsError as error:
        said.append(str(error))
    finally:
        logger.remove(sink)
    return said


def _submit(mine: Mine, admin: Workload) -> None:
    batch = Batch([Sourced("file", MESSAGE)])
    submit(mine.settings, batch, wait_seconds=0.1, as_json=False, console=Console())


def _run(mine: Mine, admin: Workload) -> None:
    admin.produce([MESSAGE, NO_MESSAGE])
    mine.run(window=GRACE)
    mine.run()  # this one is a dead letter


def _init(mine: Mine, admin: Workload) -> None:
    said: list[str] = []
    initialize(mine.settings, InitSettings(create_topics=True, partitions=1, wait_seconds=5), said.append)
    admin.forget_frontier(0)
    initialize(mine.settings, InitSettings(wait_seconds=5), said.append)


def _trigger(mine: Mine, admin: Workload) -> None:
    """As KEDA reads the lag: metadata, committed offsets, ends of the log."""
    with mine.session() as session:
        for request in (ReadOffsets(mine.group, stable=False), ReadEnds(starts=True)):
            answer = session.execute(request)
            if isinstance(answer, Rejected):
                logger.error(answer.reason)


def _help(mine: Mine, admin: Workload) -> None:
    """Count, dead-letter, requeue, keep alive, and delete a group."""
    helper = Helper(mine)
    admin.produce([MESSAGE] * 2)
    admin.run(admin.me("done", scope=SCOPE, job="job-done"))
    admin.claimed(admin.me("dead", scope=SCOPE, job="job-dead"))
    for uid in ("done", "dead"):
        helper.jobs.start(uid)
    helper.jobs.end("done", JobState.COMPLETE)
    helper.sweep()
    helper.sweep()  # keeps alive, as there is a checkpoint now
    helper.jobs.end("dead", JobState.FAILED, "BackoffLimitExceeded")
    helper.sweep()
    admin.produce([MESSAGE])
    admin.claimed(admin.me("again", scope=SCOPE, job="job-again"))
    helper.jobs.start("again")
    helper.jobs.end("again", JobState.FAILED, "BackoffLimitExceeded")
    helper.fates = Fates(failed=Fate.REQUEUE)
    helper.sweep()
    helper.time.seconds += GRACE
    helper.sweep()
    helper.sweep()


def _operate(mine: Mine, admin: Workload) -> None:
    """Redrive a dead letter, cancel a message that runs and one that waits."""
    admin.produce([NO_MESSAGE])
    admin.run()
    with Connection(mine.config) as connection:
        desk = Desk(connection, mine.settings, mine.group, "default", Output(False, Console()))
        decide(desk, Filter(), Mark.REDRIVEN, dry_run=False, yes=True)
        admin.produce([MESSAGE, WAITING])
        admin.claimed()  # the redriven one
        admin.claimed()
        cancel_jobs(desk, ["a", "b"])


_DUTIES = {
    Role.OPERATOR: _operate,
    Role.SUBMIT: _submit,
    Role.RUNNER: _run,
    Role.HELPER: _help,
    Role.TRIGGER: _trigger,
    Role.INIT: _init,
}

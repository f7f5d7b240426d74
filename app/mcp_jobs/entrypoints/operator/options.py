"""The options that say which workload a command of the operator is about, and what they come to: a desk."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from mcp_jobs.entrypoints.parameters import AsJson, Brokers, Topic

if TYPE_CHECKING:
    from mcp_jobs.entrypoints.operator.desk import Desk

Group = Annotated[
    str | None,
    typer.Option(
        envvar="KAFKA_CONSUMER_GROUP",
        metavar="NAME",
        help="The workload's consumer group. [dim]\\[default: <topic>-runners][/]",
        show_default=False,
    ),
]
Namespace = Annotated[
    str | None,
    typer.Option(
        "--namespace",
        "-n",
        envvar="MCP_JOBS_NAMESPACE",
        metavar="NAME",
        help="Where the Jobs are.",
        show_default="default",
    ),
]
JobId = Annotated[str, typer.Argument(metavar="JOBID", help="The message's jobId.", show_default=False)]
JobIds = Annotated[
    list[str], typer.Argument(metavar="JOBID...", help="jobIds of messages.", show_default=False)
]
SomeIds = Annotated[
    list[str] | None, typer.Option("--job", metavar="JOBID", help="Only this jobId; may be repeated.")
]


@contextmanager
def workload(
    *,
    brokers: Brokers = None,
    topic: Topic = None,
    group: Group = None,
    namespace: Namespace = None,
    as_json: AsJson = False,
) -> Iterator["Desk"]:
    """A workload in Kafka and in Kubernetes."""
    from mcp_jobs.entrypoints.operator.desk import Where, sit_down

    with sit_down(Where(brokers, topic, group, namespace), as_json=as_json) as desk:
        yield desk


@contextmanager
def in_kafka(
    *, brokers: Brokers = None, topic: Topic = None, group: Group = None, as_json: AsJson = False
) -> Iterator["Desk"]:
    """A workload in Kafka: its topics, and what its group says of them."""
    with workload(brokers=brokers, topic=topic, group=group, as_json=as_json) as desk:
        yield desk


@contextmanager
def topics(*, brokers: Brokers = None, topic: Topic = None, as_json: AsJson = False) -> Iterator["Desk"]:
    """A workload's topics."""
    with workload(brokers=brokers, topic=topic, as_json=as_json) as desk:
        yield desk

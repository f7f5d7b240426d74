"""Arguments and options that more than one command has."""

from pathlib import Path
from typing import Annotated

import typer

Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE",
        help="Envelopes as JSON or JSON lines, or an MCP client's own file; - is standard input.",
        show_default=False,
    ),
]
Brokers = Annotated[
    str | None,
    typer.Option(envvar="KAFKA_BROKERS", metavar="HOST:PORT,...", help="Kafka's bootstrap servers."),
]
GivenBrokers = Annotated[
    str | None,
    typer.Option(
        "--brokers",
        metavar="HOST:PORT,...",
        help="Use this Kafka, and what KAFKA_ variables say of it, instead of an embedded one.",
    ),
]
Topic = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="The topic of messages. [dim]\\[default: KAFKA_TOPIC, or mcp-jobs][/]",
        show_default=False,
    ),
]
Partitions = Annotated[int, typer.Option(min=1, help="Partitions of topics that are created.")]
MaxReplicas = Annotated[
    int,
    typer.Option(
        min=1,
        help="Jobs at a time, as KEDA's maxReplicaCount; by this machine's processors.",
        show_default="4 to 8",
    ),
]
PollingInterval = Annotated[
    float, typer.Option(min=0.05, help="Seconds between two looks at the lag, as KEDA's pollingInterval.")
]
LagThreshold = Annotated[
    int,
    typer.Option(min=1, max=500, help="Messages per Job, as KEDA's lagThreshold; a runner claims as many."),
]
MaxAttempts = Annotated[
    int, typer.Option(min=1, max=100, help="Attempts before a message goes to the dead letters.")
]
MessageTimeout = Annotated[
    float, typer.Option(min=1, metavar="SECONDS", help="Deadline of one message's work, in each attempt.")
]
Timeout = Annotated[
    float, typer.Option(min=1, metavar="SECONDS", help="End the run then, whatever is unfinished.")
]
AsJson = Annotated[
    bool, typer.Option("--json", help="JSON lines on standard output, all else on standard error.")
]
ValuesFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "--values",
        "-f",
        metavar="FILE",
        help="Helm values with the rules (runner.allow), over the chart's own; may be given again.",
        show_default=False,
    ),
]
EnvRoot = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="Where the messages' envFile is looked up. [dim]\\[default: where the first FILE is][/]",
        file_okay=False,
        exists=True,
        show_default=False,
    ),
]
Logs = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="Keep each Job's log here. [dim]\\[default: a new directory, kept if something fails][/]",
        file_okay=False,
        show_default=False,
    ),
]

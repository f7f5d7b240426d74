"""The commands and their options. What a command does is imported when it is run: `--help` is to be quick."""

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from mcp_jobs import __version__
from mcp_jobs.entrypoints.settings_help import AdmissionCommand, InitCommand, RunnerCommand

_CPUS = os.cpu_count() or 1
#: a runner and its servers start on about one second of a processor each
_MAX_REPLICAS = max(4, min(8, 2 * _CPUS))

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
local = typer.Typer(no_args_is_help=True, rich_markup_mode="rich")

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
        metavar="NAME", help="The topic of messages. [dim]\\[default: mcp-jobs][/]", show_default=False
    ),
]
Partitions = Annotated[int, typer.Option(min=1, help="Partitions of topics that are created.")]
MaxReplicas = Annotated[
    int, typer.Option(min=1, help="Jobs at a time, as KEDA's maxReplicaCount; by this machine's processors.")
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
    bool,
    typer.Option("--json", help="Outcomes as JSON lines on standard output, all else on standard error."),
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


def _version(wanted: bool) -> None:
    if wanted:
        print(f"mcp-jobs {__version__}")
        raise typer.Exit


@app.callback()
def mcp_jobs(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Run each message of a Kafka topic as its own Job, with the MCP servers the message describes.

    Try it here first, with a Kafka of its own:  [bold]mcp-jobs local run FILE[/]

    \b
    where FILE is the mcpServers file of your MCP client, or an envelope such as
      {"jobId": "1", "payload": {"mcpServers": {"time": {"command": "mcp-server-time"}},
       "calls": [{"server": "time", "tool": "get_current_time", "arguments": {"timezone": "UTC"}}]}}
    """


@app.command("init", cls=InitCommand)
def init_command(
    create_topics: Annotated[
        bool | None,
        typer.Option("--create-topics/--no-create-topics", help="Create topics that are missing."),
    ] = None,
    partitions: Annotated[
        int | None, typer.Option(min=1, help="Partitions of a topic that is created.", show_default=False)
    ] = None,
) -> None:
    """Prepare Kafka: wait for it, create topics, commit the first offsets. Safe to run again.

    Without a first offset nobody claims: a missing one is never guessed.
    """
    from mcp_jobs.entrypoints.init import main

    raise typer.Exit(main(create_topics=create_topics, partitions=partitions))


@app.command("submit")
def submit_command(
    files: Files,
    brokers: Brokers = None,
    topic: Topic = None,
    wait: Annotated[
        float,
        typer.Option(
            min=0, metavar="SECONDS", help="Wait so long for the outcomes; exit 1 unless all succeed."
        ),
    ] = 0,
    validate: Annotated[
        bool,
        typer.Option(
            "--validate/--no-validate", help="Refuse what a runner would refuse, before sending any."
        ),
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Produce messages to the topic and print their jobIds.

    \b
    mcp-jobs submit --brokers localhost:9092 jobs.jsonl
    echo '{"mcpServers": {"time": {"command": "mcp-server-time"}}}' | mcp-jobs submit --wait 60 -
    """
    from mcp_jobs.entrypoints.files import InputError, read_messages
    from mcp_jobs.entrypoints.local import kafka_settings
    from mcp_jobs.entrypoints.submit import check, submit
    from mcp_jobs.local.view import console

    if not brokers:
        raise InputError("which Kafka? Name it with --brokers HOST:PORT or KAFKA_BROKERS")
    messages = read_messages(files)
    if validate:
        check(messages)
    good = submit(
        kafka_settings(brokers, topic),
        messages,
        wait_seconds=wait,
        as_json=as_json,
        console=console(stderr=as_json),
    )
    raise typer.Exit(0 if good else 1)


@local.command("run")
def local_run(  # noqa: PLR0913 - the options of a command are its parameters
    *,
    files: Files,
    brokers: GivenBrokers = None,
    topic: Topic = None,
    partitions: Partitions = 3,
    max_replicas: MaxReplicas = _MAX_REPLICAS,
    polling_interval: PollingInterval = 0.5,
    lag_threshold: LagThreshold = 1,
    max_attempts: MaxAttempts = 3,
    message_timeout: MessageTimeout = 900,
    timeout: Timeout = 3600,
    as_json: AsJson = False,
    env_root: EnvRoot = None,
    logs: Logs = None,
) -> None:
    """Run the messages of files, and show what became of them. Exit 0 when every one succeeded, else 1.

    \b
    mcp-jobs local run claude_desktop_config.json
    mcp-jobs local run --json jobs.jsonl | jq .calls
    """
    from mcp_jobs.entrypoints.files import read_messages
    from mcp_jobs.entrypoints.local import LocalOptions
    from mcp_jobs.entrypoints.local_run import run
    from mcp_jobs.local.view import console

    messages = read_messages(files)
    options = LocalOptions(
        brokers=brokers,
        topic=topic,
        partitions=partitions,
        max_replicas=max_replicas,
        polling_interval=polling_interval,
        lag_threshold=lag_threshold,
        max_attempts=max_attempts,
        message_timeout=message_timeout,
        env_root=env_root or files[0].parent,
        logs=logs,
    )
    good = run(options, messages, timeout=timeout, as_json=as_json, console=console(stderr=as_json))
    raise typer.Exit(0 if good else 1)


@local.command("up")
def local_up(  # noqa: PLR0913 - the options of a command are its parameters
    *,
    brokers: GivenBrokers = None,
    topic: Topic = None,
    partitions: Partitions = 3,
    max_replicas: MaxReplicas = _MAX_REPLICAS,
    polling_interval: PollingInterval = 0.5,
    lag_threshold: LagThreshold = 1,
    max_attempts: MaxAttempts = 3,
    message_timeout: MessageTimeout = 900,
    env_root: EnvRoot = None,
    logs: Logs = None,
) -> None:
    """Keep a Kafka and the runners for its messages up until Ctrl-C, for [bold]mcp-jobs submit[/]."""
    from mcp_jobs.entrypoints.local import LocalOptions
    from mcp_jobs.entrypoints.local_run import up
    from mcp_jobs.local.view import console

    options = LocalOptions(
        brokers=brokers,
        topic=topic,
        partitions=partitions,
        max_replicas=max_replicas,
        polling_interval=polling_interval,
        lag_threshold=lag_threshold,
        max_attempts=max_attempts,
        message_timeout=message_timeout,
        env_root=env_root or Path.cwd(),
        logs=logs,
    )
    up(options, console())


app.add_typer(
    local, name="local", help="Run messages on this machine: an embedded Kafka, and a process for each Job."
)


@app.command("runner", cls=RunnerCommand)
def runner_command() -> None:
    """Claim one message, run its MCP servers, settle it, exit: what a Job's pod runs."""
    from mcp_jobs.entrypoints.runner import main

    raise typer.Exit(main())


if find_spec("mcp_jobs.entrypoints.admission"):

    @app.command("admission", cls=AdmissionCommand)
    def admission_command() -> None:
        """Serve the admission webhooks and settle what dead Jobs left: one Deployment per installation."""
        from importlib import import_module

        raise typer.Exit(import_module("mcp_jobs.entrypoints.admission").main())

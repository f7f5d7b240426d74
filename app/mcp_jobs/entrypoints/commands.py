"""The commands and their options. What a command does is imported when it is run: `--help` is to be quick."""

from importlib.util import find_spec
from typing import Annotated

import typer

from mcp_jobs import __version__
from mcp_jobs.core.acls import Role
from mcp_jobs.entrypoints import quantities
from mcp_jobs.entrypoints.local_commands import local
from mcp_jobs.entrypoints.operator import commands as operator
from mcp_jobs.entrypoints.parameters import AsJson, Brokers, Files, Topic, ValuesFiles
from mcp_jobs.entrypoints.settings_help import (
    AdmissionCommand,
    InitCommand,
    RunnerCommand,
    ServersCommand,
)
from mcp_jobs.entrypoints.tune_command import tune_command

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


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

    \b
    Exit 0    done
    Exit 1    the answer is no, or Kafka or Kubernetes did not do it
    Exit 2    an option, a file or a setting is wrong
    Exit 130  Ctrl-C; other signals: 128 and the signal's number
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
    start_missing: Annotated[
        bool | None,
        typer.Option(
            "--start-missing",
            help="Begin partitions whose offset may have expired: all they hold runs again.",
        ),
    ] = None,
) -> None:
    """Prepare Kafka: wait for it, create topics, commit the first offsets. Safe to run again.

    Without a first offset nobody claims: a missing one is never guessed.

    \b
    Exit 0  all is there; an offset that may have expired is left alone, and told
    Exit 1  Kafka does not answer, or refuses
    Exit 2  a setting is wrong
    """
    from mcp_jobs.entrypoints.init import main

    raise typer.Exit(main(create_topics=create_topics, partitions=partitions, start_missing=start_missing))


@app.command("submit")
def submit_command(  # noqa: PLR0913 - an option each
    files: Files,
    *,
    brokers: Brokers = None,
    topic: Topic = None,
    tenant: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Send each message for this tenant.", show_default=False),
    ] = None,
    count: Annotated[
        int, typer.Option(min=1, help="Send each message so often, as <jobId>-1, <jobId>-2 and so on.")
    ] = 1,
    rate: Annotated[
        float | None,
        typer.Option(
            parser=quantities.rate,
            metavar="5/s",
            help="Send so many per s, m or h. [dim]\\[default: at once][/]",
            show_default=False,
        ),
    ] = None,
    wait: Annotated[float, typer.Option(min=0, metavar="SECONDS", help="Wait so long for the outcomes.")] = 0,
    validate: Annotated[
        bool,
        typer.Option(
            "--validate/--no-validate", help="Refuse what a runner would refuse, before sending any."
        ),
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Produce messages to the topic and print their jobIds. With --wait, print what became of them instead.

    \b
    mcp-jobs submit --brokers localhost:9092 jobs.jsonl
    echo '{"mcpServers": {"time": {"command": "mcp-server-time"}}}' | mcp-jobs submit --wait 60 -
    mcp-jobs submit --tenant acme --count 100 --rate 5/s job.json

    \b
    Exit 0    sent; with --wait, every one succeeded
    Exit 1    one did not succeed, or Kafka did not take one
    Exit 2    a message would be refused, and nothing was sent
    Exit 130  Ctrl-C; those that were sent are told
    """
    from mcp_jobs.entrypoints.batch import prepare
    from mcp_jobs.entrypoints.files import read_messages
    from mcp_jobs.entrypoints.local_options import kafka_settings
    from mcp_jobs.entrypoints.submit import submit
    from mcp_jobs.local.view import console

    kafka = kafka_settings(brokers, topic)
    batch = prepare(read_messages(files), tenant=tenant, count=count, rate=rate, validate=validate)
    good = submit(
        kafka,
        batch,
        wait_seconds=wait,
        as_json=as_json,
        console=console(stderr=as_json),
    )
    raise typer.Exit(0 if good else 1)


operator.register(app)


@app.command("check")
def check_command(
    files: Files,
    values: ValuesFiles = None,
    workload: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Whose rules, where the values have several workloads."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say of each server in the messages whether the allow-list lets it run, and why. Nothing is sent.

    \b
    mcp-jobs check jobs.jsonl --values my-values.yaml --workload tools

    \b
    Exit 0  all are allowed
    Exit 1  a server is refused
    Exit 2  a message is no envelope, or the files can't be read
    """
    from mcp_jobs.entrypoints.check import check, exit_code, read_rules, show
    from mcp_jobs.entrypoints.files import read_messages

    findings = check(read_messages(files), read_rules(values or [], workload))
    show(findings, as_json=as_json)
    raise typer.Exit(exit_code(findings))


app.add_typer(
    local, name="local", help="Run messages on this machine: an embedded Kafka, and a process for each Job."
)


app.command("tune")(tune_command)


@app.command("acls")
def acls_command(
    topic: Annotated[str, typer.Option(metavar="NAME", envvar="KAFKA_TOPIC")] = "mcp-jobs",
    group: Annotated[str, typer.Option(metavar="NAME", envvar="KAFKA_CONSUMER_GROUP")] = "mcp-jobs-runners",
    outcomes: Annotated[
        str | None, typer.Option(metavar="NAME", help="[dim]\\[default: <topic>.outcomes][/]")
    ] = None,
    dead_letters: Annotated[
        str | None, typer.Option(metavar="NAME", help="[dim]\\[default: <topic>.dead-letters][/]")
    ] = None,
    role: Annotated[
        list[Role] | None, typer.Option(help="Of this part only; may be given again.", show_default=False)
    ] = None,
    principal: Annotated[
        str | None,
        typer.Option(
            metavar="TYPE:NAME", help="One user for all parts. [dim]\\[default: User:mcp-jobs-<part>][/]"
        ),
    ] = None,
) -> None:
    """Print the Kafka ACLs that each part needs, as commands of Kafka's own kafka-acls.sh.

    \b
    mcp-jobs acls --role runner --role trigger --principal User:mcp-jobs

    \b
    Exit 0  printed
    Exit 2  an option is wrong
    """
    from mcp_jobs.core.names import Topics
    from mcp_jobs.entrypoints.acls import commands

    topics = Topics(topic, outcomes or f"{topic}.outcomes", dead_letters or f"{topic}.dead-letters")
    for line in commands(topics, group, role or list(Role), principal):
        print(line)


@app.command("runner", cls=RunnerCommand)
def runner_command() -> None:
    """Claim one message, run its MCP servers, settle it, exit: what a Job's pod runs.

    \b
    Exit 0    settled, or nothing to do
    Exit 1    nothing is lost, and another attempt may succeed
    Exit 2    a setting is wrong
    Exit 42   settled as failed for good
    Exit 143  SIGTERM; the claim stays for the next attempt
    """
    from mcp_jobs.entrypoints.runner import main

    raise typer.Exit(main())


@app.command("servers", cls=ServersCommand)
def servers_command() -> None:
    """Run MCP servers for the runner of the same pod, without its credentials.

    \b
    Exit 0    the runner has gone; the Job goes by the runner's exit code
    Exit 1    something failed that another attempt may cure
    Exit 2    a setting is wrong
    Exit 143  SIGTERM
    """
    from mcp_jobs.entrypoints.servers import main

    raise typer.Exit(main())


if find_spec("mcp_jobs.entrypoints.admission"):

    @app.command("admission", cls=AdmissionCommand)
    def admission_command() -> None:
        """Serve the admission webhooks and settle what dead Jobs left: one Deployment per installation.

        \b
        Exit 0  SIGTERM
        Exit 1  it can't serve, and the log says why
        Exit 2  a setting is wrong
        """
        from importlib import import_module

        raise typer.Exit(import_module("mcp_jobs.entrypoints.admission").main())

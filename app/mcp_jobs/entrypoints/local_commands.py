"""`mcp-jobs local run` and `mcp-jobs local up`: their options. What they do is in local_run.py."""

import os
from pathlib import Path
from typing import Any

import typer

from mcp_jobs.entrypoints.parameters import (
    AsJson,
    EnvRoot,
    Files,
    GivenBrokers,
    LagThreshold,
    Logs,
    MaxAttempts,
    MaxReplicas,
    MessageTimeout,
    Partitions,
    PollingInterval,
    RulesFiles,
    Timeout,
    Topic,
)

#: a server takes about a second of one processor to start: more at a time would only wait for each other
_MAX_REPLICAS = max(4, min(8, 2 * (os.cpu_count() or 1)))


local = typer.Typer(no_args_is_help=True, rich_markup_mode="rich")


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
    values: RulesFiles = None,
) -> None:
    """Run the messages of files, and show what became of them. Exit 0 when every one succeeded, else 1.

    \b
    mcp-jobs local run claude_desktop_config.json
    mcp-jobs local run --json jobs.jsonl | jq .calls
    """
    from mcp_jobs.entrypoints.files import read_messages
    from mcp_jobs.entrypoints.local_options import LocalOptions
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
        **_rules(values),
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
    values: RulesFiles = None,
) -> None:
    """Keep a Kafka and the runners for its messages up until Ctrl-C, for [bold]mcp-jobs submit[/]."""
    from mcp_jobs.entrypoints.local_options import LocalOptions
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
        **_rules(values),
    )
    up(options, console())


def _rules(values: list[Path] | None) -> dict[str, Any]:
    """Whoever runs messages on their own machine may run anything there, unless they try out the rules."""
    if not values:
        return {}
    from mcp_jobs.entrypoints.check import read_rules, rules_in

    read_rules(values, None)
    allow, tenant = rules_in(values)
    return {"allow": allow, "tenant": tenant}

"""`mcp-jobs local run` and `mcp-jobs local up`: their options. What they do is in local_run.py."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from mcp_jobs.entrypoints.common_options import given
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
    Timeout,
    Topic,
    ValuesFiles,
)

if TYPE_CHECKING:
    from mcp_jobs.entrypoints.local_options import LocalOptions

#: a server takes about a second of one processor to start: more at a time would only wait for each other
_MAX_REPLICAS = max(4, min(8, 2 * (os.cpu_count() or 1)))


local = typer.Typer(no_args_is_help=True, rich_markup_mode="rich")


@contextmanager
def platform(  # noqa: PLR0913 - an option each
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
    values: ValuesFiles = None,
) -> Iterator["LocalOptions"]:
    """What can be chosen about a local platform."""
    from mcp_jobs.entrypoints.local_options import LocalOptions

    yield LocalOptions(
        brokers=brokers,
        topic=topic,
        partitions=partitions,
        max_replicas=max_replicas,
        polling_interval=polling_interval,
        lag_threshold=lag_threshold,
        max_attempts=max_attempts,
        message_timeout=message_timeout,
        env_root=env_root,
        logs=logs,
        **_rules(values),
    )


@local.command("run")
@given(platform)
def local_run(
    options: "LocalOptions", files: Files, *, timeout: Timeout = 3600, as_json: AsJson = False
) -> bool:
    """Run the messages of files, and show what became of them. Without --values, they may run anything.

    \b
    mcp-jobs local run claude_desktop_config.json
    mcp-jobs local run --json jobs.jsonl | jq .calls

    \b
    Exit 0    every one succeeded
    Exit 1    one did not
    Exit 2    a file can't be read
    Exit 130  Ctrl-C
    """
    from mcp_jobs.entrypoints.files import read_messages
    from mcp_jobs.entrypoints.local_run import run
    from mcp_jobs.local.view import console

    messages = read_messages(files)
    options = replace(options, env_root=options.env_root or files[0].parent)
    return run(options, messages, timeout=timeout, as_json=as_json, console=console(stderr=as_json))


@local.command("up")
@given(platform)
def local_up(options: "LocalOptions") -> None:
    """Keep a Kafka and the runners for its messages up until Ctrl-C, for [bold]mcp-jobs submit[/].

    Without --values, messages may run anything.

    \b
    Exit 1    Kafka can't be started, or has ended
    Exit 130  Ctrl-C
    """
    from mcp_jobs.entrypoints.local_run import up
    from mcp_jobs.local.view import console

    up(options, console())


def _rules(values: list[Path] | None) -> dict[str, Any]:
    """Whoever runs messages on their own machine may run anything there, unless they try out the rules."""
    if not values:
        return {}
    from mcp_jobs.entrypoints.check import read_rules, rules_in

    read_rules(values, None)
    allow, tenant = rules_in(values)
    return {"allow": allow, "tenant": tenant}

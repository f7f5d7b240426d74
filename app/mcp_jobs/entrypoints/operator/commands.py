"""The operator's commands and their options. What a command does is imported when it is run."""

import json
import time
from typing import TYPE_CHECKING, Annotated

import typer

from mcp_jobs.entrypoints.parameters import Brokers, Topic

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
AsJson = Annotated[
    bool, typer.Option("--json", help="JSON lines on standard output, all else on standard error.")
]
JobIds = Annotated[
    list[str], typer.Argument(metavar="JOBID...", help="jobIds of messages.", show_default=False)
]
SomeIds = Annotated[
    list[str] | None, typer.Option("--job", metavar="JOBID", help="Only this jobId; may be repeated.")
]
Kind = Annotated[
    str, typer.Option("--class", metavar="CLASS", help="Only this class, for example oom-killed.")
]
Tenant = Annotated[str, typer.Option(metavar="NAME", help="Only messages that name this tenant.")]
Since = Annotated[str, typer.Option(metavar="AGE", help="Only those of the last 90s, 15m, 2h or 7d.")]
All = Annotated[bool, typer.Option("--all", help="Those that were redriven or dropped, too.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show which it would be, and do nothing.")]


if TYPE_CHECKING:
    from mcp_jobs.entrypoints.operator.dead_letters import Filter, Handle
    from mcp_jobs.entrypoints.operator.desk import Where


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for name, command in (
        ("status", status_command),
        ("show", show_command),
        ("outcomes", outcomes_command),
        ("wait", wait_command),
        ("claims", claims_command),
        ("cancel", cancel_command),
        ("why", why_command),
        ("pause", pause_command),
        ("resume", resume_command),
        ("drain", drain_command),
    ):
        app.command(name)(command)
    app.add_typer(dlq, name="dlq", help="Messages that failed for good: see why, send them again, drop them.")


def status_command(
    brokers: Brokers = None,
    topic: Topic = None,
    group: Group = None,
    namespace: Namespace = None,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Go on until Ctrl-C.")] = False,
    as_json: AsJson = False,
) -> None:
    """Lag, claims, Jobs and the outcomes of the last hour, at a glance."""
    from rich.live import Live

    from mcp_jobs.entrypoints.operator.desk import Where, sit_down
    from mcp_jobs.entrypoints.operator.status import Outcomes, look
    from mcp_jobs.local.view import console

    with sit_down(Where(brokers=brokers, topic=topic, group=group, namespace=namespace)) as desk:
        outcomes = Outcomes(desk.tail(desk.topics.outcomes))
        if as_json:
            print(json.dumps(look(desk, outcomes).to_json()))
        elif not watch:
            console().print(look(desk, outcomes))
        else:
            with Live(look(desk, outcomes), console=console(), auto_refresh=False) as live:
                while True:
                    live.update(look(desk, outcomes), refresh=True)
                    time.sleep(1)


def show_command(
    job_id: Annotated[str, typer.Argument(metavar="JOBID", help="The message's jobId.", show_default=False)],
    brokers: Brokers = None,
    topic: Topic = None,
    group: Group = None,
    namespace: Namespace = None,
    as_json: AsJson = False,
) -> None:
    """The way of one message: partition and offset, claim, Job, pods, outcome."""
    from mcp_jobs.entrypoints.operator.desk import Where, sit_down
    from mcp_jobs.entrypoints.operator.showing import show
    from mcp_jobs.local.view import console

    with sit_down(Where(brokers=brokers, topic=topic, group=group, namespace=namespace)) as desk:
        show(desk, job_id, console(stderr=as_json), as_json=as_json)


def outcomes_command(
    brokers: Brokers = None,
    topic: Topic = None,
    job: SomeIds = None,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with what comes, until Ctrl-C.")
    ] = False,
    last: Annotated[int, typer.Option(min=0, help="At most so many of those there are; 0: all.")] = 50,
    as_json: AsJson = False,
) -> None:
    """What became of the messages, oldest first."""
    from mcp_jobs.entrypoints.operator.desk import Where, sit_down
    from mcp_jobs.entrypoints.operator.following import outcomes
    from mcp_jobs.local.view import console

    with sit_down(Where(brokers=brokers, topic=topic, group=None, namespace=None)) as desk:
        to = console(stderr=as_json)
        outcomes(desk, set(job or ()), follow=follow, last=last, as_json=as_json, console=to)


def wait_command(
    job_ids: JobIds,
    brokers: Brokers = None,
    topic: Topic = None,
    timeout: Annotated[float, typer.Option(min=0, metavar="SECONDS", help="Wait so long at most.")] = 600,
    as_json: AsJson = False,
) -> None:
    """Wait for the outcomes of jobIds. Exit 0 when every one succeeded, else 1."""
    from mcp_jobs.entrypoints.operator.desk import Where, sit_down
    from mcp_jobs.entrypoints.operator.following import wait
    from mcp_jobs.local.view import console

    with sit_down(Where(brokers=brokers, topic=topic, group=None, namespace=None)) as desk:
        good = wait(desk, job_ids, seconds=timeout, as_json=as_json, console=console(stderr=as_json))
    raise typer.Exit(0 if good else 1)


def claims_command(
    brokers: Brokers = None,
    topic: Topic = None,
    group: Group = None,
    namespace: Namespace = None,
    as_json: AsJson = False,
) -> None:
    """The messages that Jobs hold: which Job, since when, and whether it still runs."""
    from mcp_jobs.entrypoints.operator.claims import claims, show
    from mcp_jobs.entrypoints.operator.desk import Where, sit_down
    from mcp_jobs.local.view import console

    with sit_down(Where(brokers=brokers, topic=topic, group=group, namespace=namespace)) as desk:
        found, problem = claims(desk)
        show(found, problem, console(stderr=as_json), as_json=as_json)


def cancel_command(
    job_ids: JobIds,
    brokers: Brokers = None,
    topic: Topic = None,
    group: Group = None,
    namespace: Namespace = None,
) -> None:
    """Cancel messages: an unclaimed one never runs, a running one's Job is deleted. One outcome in any case.

    Killed in between, it can be run again: what is done is not done twice.
    """
    from mcp_jobs.entrypoints.operator.cancelling import cancel_job
    from mcp_jobs.entrypoints.operator.desk import Where, sit_down
    from mcp_jobs.local.view import console, plain

    with sit_down(Where(brokers=brokers, topic=topic, group=group, namespace=namespace)) as desk:
        for job_id in job_ids:
            for sentence in cancel_job(desk, job_id):
                console().print(plain(sentence), markup=False, soft_wrap=True)


def why_command(
    job_id: Annotated[str, typer.Argument(metavar="JOBID", help="The message's jobId.", show_default=False)],
    brokers: Brokers = None,
    topic: Topic = None,
    group: Group = None,
    namespace: Namespace = None,
) -> None:
    """Why is my message not running? Looks at lag, KEDA, refusals and pods, and names the next command."""
    from mcp_jobs.entrypoints.operator.desk import Where, sit_down
    from mcp_jobs.entrypoints.operator.explaining import why
    from mcp_jobs.local.view import console, plain

    with sit_down(Where(brokers=brokers, topic=topic, group=group, namespace=namespace)) as desk:
        for finding in why(desk, job_id):
            console().print(plain(finding.text), markup=False, soft_wrap=True)
            if finding.command:
                console().print(f"    {plain(finding.command)}", markup=False, soft_wrap=True, style="cyan")


def pause_command(
    brokers: Brokers = None, topic: Topic = None, group: Group = None, namespace: Namespace = None
) -> None:
    """Make no more Jobs for a workload; those that run finish, messages wait in Kafka."""
    _pause(brokers, topic, group, namespace, paused=True)


def resume_command(
    brokers: Brokers = None, topic: Topic = None, group: Group = None, namespace: Namespace = None
) -> None:
    """Make Jobs for a workload again."""
    _pause(brokers, topic, group, namespace, paused=False)


def drain_command(
    brokers: Brokers = None,
    topic: Topic = None,
    group: Group = None,
    namespace: Namespace = None,
    timeout: Annotated[float, typer.Option(min=0, metavar="SECONDS", help="Wait so long at most.")] = 3600,
) -> None:
    """Pause a workload and wait until nothing runs. Exit 0 when that is so, else 1."""
    from mcp_jobs.entrypoints.operator.desk import Where, sit_down
    from mcp_jobs.entrypoints.operator.pausing import drain
    from mcp_jobs.local.view import console

    with sit_down(Where(brokers=brokers, topic=topic, group=group, namespace=namespace)) as desk:
        done = drain(desk, timeout, console())
    raise typer.Exit(0 if done else 1)


def _pause(
    brokers: str | None, topic: str | None, group: str | None, namespace: str | None, *, paused: bool
) -> None:
    from mcp_jobs.entrypoints.operator.desk import Where, sit_down
    from mcp_jobs.entrypoints.operator.pausing import pause
    from mcp_jobs.local.view import console, plain

    with sit_down(Where(brokers=brokers, topic=topic, group=group, namespace=namespace)) as desk:
        console().print(plain(pause(desk, paused)), markup=False, soft_wrap=True)


dlq = typer.Typer(no_args_is_help=True, rich_markup_mode="rich")


@dlq.command("list")
def dlq_list(  # noqa: PLR0913 - the options of a command are its parameters
    *,
    brokers: Brokers = None,
    topic: Topic = None,
    group: Group = None,
    job: SomeIds = None,
    kind: Kind = "",
    tenant: Tenant = "",
    since: Since = "",
    everything: All = False,
    as_json: AsJson = False,
) -> None:
    """One line for each dead letter that nothing was done about yet."""
    from mcp_jobs.entrypoints.operator.dead_letters import Filter, age, find, list_them
    from mcp_jobs.entrypoints.operator.desk import Where, sit_down
    from mcp_jobs.local.view import console

    wanted = Filter(ids=job or (), kind=kind, tenant=tenant, since=age(since), handled=everything)
    with sit_down(Where(brokers=brokers, topic=topic, group=group, namespace=None)) as desk:
        list_them(find(desk, wanted), console(stderr=as_json), as_json=as_json)


@dlq.command("show")
def dlq_show(
    job_ids: JobIds,
    brokers: Brokers = None,
    topic: Topic = None,
    group: Group = None,
    as_json: AsJson = False,
) -> None:
    """All about the dead letters of jobIds, with their messages."""
    from mcp_jobs.entrypoints.operator.dead_letters import Filter, find, show
    from mcp_jobs.entrypoints.operator.desk import Where, sit_down
    from mcp_jobs.local.view import console

    with sit_down(Where(brokers=brokers, topic=topic, group=group, namespace=None)) as desk:
        found = find(desk, Filter(ids=job_ids, handled=True))
        show(found, console(stderr=as_json), as_json=as_json)
    raise typer.Exit(0 if found else 1)


@dlq.command("redrive")
def dlq_redrive(  # noqa: PLR0913 - the options of a command are its parameters
    *,
    brokers: Brokers = None,
    topic: Topic = None,
    group: Group = None,
    job: SomeIds = None,
    kind: Kind = "",
    tenant: Tenant = "",
    since: Since = "",
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Send messages again, each once, however often this is run or killed. Without a filter: all of them.

    \b
    mcp-jobs dlq redrive --class oom-killed --since 2h --dry-run
    """
    from mcp_jobs.entrypoints.operator.dead_letters import Filter, age, redrive
    from mcp_jobs.entrypoints.operator.desk import Where

    wanted = Filter(ids=job or (), kind=kind, tenant=tenant, since=age(since))
    where = Where(brokers=brokers, topic=topic, group=group, namespace=None)
    _handle(where, wanted, "send again", redrive, dry_run=dry_run, yes=yes)


@dlq.command("drop")
def dlq_drop(  # noqa: PLR0913 - the options of a command are its parameters
    *,
    brokers: Brokers = None,
    topic: Topic = None,
    group: Group = None,
    job: SomeIds = None,
    kind: Kind = "",
    tenant: Tenant = "",
    since: Since = "",
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Have dead letters neither listed nor redriven any more. The topic's retention deletes them."""
    from mcp_jobs.entrypoints.operator.dead_letters import Filter, age, drop
    from mcp_jobs.entrypoints.operator.desk import Where

    wanted = Filter(ids=job or (), kind=kind, tenant=tenant, since=age(since))
    where = Where(brokers=brokers, topic=topic, group=group, namespace=None)
    _handle(where, wanted, "drop", drop, dry_run=dry_run, yes=yes)


def _handle(
    where: "Where", wanted: "Filter", verb: str, handle: "Handle", *, dry_run: bool, yes: bool
) -> None:
    """Do it, once it is clear which letters are meant."""
    from mcp_jobs.entrypoints.operator.dead_letters import find, list_them, said
    from mcp_jobs.entrypoints.operator.desk import sit_down
    from mcp_jobs.local.view import console, plural

    with sit_down(where) as desk:
        found = find(desk, wanted)
        if not found or dry_run:
            list_them(found, console(), as_json=False)
            return
        if not yes:
            list_them(found[:10], console(), as_json=False)
            typer.confirm(f"{verb} {plural(len(found), 'message')}?", abort=True)
        console().print(said(handle(desk, found)), markup=False)

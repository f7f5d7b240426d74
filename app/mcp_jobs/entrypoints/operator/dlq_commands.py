"""`mcp-jobs dlq`: the commands and their options. What a command does is imported when it is run."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from mcp_jobs.entrypoints.common_options import given
from mcp_jobs.entrypoints.operator.options import JobIds, SomeIds, in_kafka

if TYPE_CHECKING:
    from mcp_jobs.entrypoints.operator.dead_letters import Filter
    from mcp_jobs.entrypoints.operator.desk import Desk

Kind = Annotated[
    str, typer.Option("--class", metavar="CLASS", help="Only this class, for example oom-killed.")
]
Tenant = Annotated[str, typer.Option(metavar="NAME", help="Only messages that name this tenant.")]
Since = Annotated[str, typer.Option(metavar="AGE", help="Only those of the last 90s, 15m, 2h or 7d.")]
All = Annotated[bool, typer.Option("--all", help="Those that were redriven or dropped, too.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show which it would be, and do nothing.")]


@contextmanager
def letters(
    *, job: SomeIds = None, kind: Kind = "", tenant: Tenant = "", since: Since = ""
) -> Iterator["Filter"]:
    """Which dead letters."""
    from mcp_jobs.entrypoints.operator.dead_letters import Filter, age

    yield Filter(ids=job or (), kind=kind, tenant=tenant, since=age(since))


dlq = typer.Typer(no_args_is_help=True, rich_markup_mode="rich")


@dlq.command("list")
@given(in_kafka, letters)
def dlq_list(desk: "Desk", wanted: "Filter", *, everything: All = False) -> None:
    """One line for each dead letter that nothing was done about yet.

    \b
    Exit 0  shown, also where there is none
    Exit 1  Kafka does not answer, or refuses
    """
    from mcp_jobs.entrypoints.operator.dead_letter_lists import list_them
    from mcp_jobs.entrypoints.operator.dead_letters import find

    list_them(desk, find(desk, replace(wanted, handled=everything)))


@dlq.command("show")
@given(in_kafka)
def dlq_show(desk: "Desk", job_ids: JobIds) -> bool:
    """All about the dead letters of jobIds, with their messages.

    \b
    Exit 0  shown
    Exit 1  there is none of these jobIds
    """
    from mcp_jobs.entrypoints.operator.dead_letter_lists import show

    return show(desk, job_ids)


@dlq.command("redrive")
@given(in_kafka, letters)
def dlq_redrive(desk: "Desk", wanted: "Filter", *, dry_run: DryRun = False, yes: Yes = False) -> None:
    """Send messages again, each once, however often this is run or killed. Without a filter: all of them.

    \b
    mcp-jobs dlq redrive --class oom-killed --since 2h --dry-run

    \b
    Exit 0  done, also where there was nothing to do
    Exit 1  the answer was no; or Kafka refuses: run it again
    """
    from mcp_jobs.core.marks import Mark
    from mcp_jobs.entrypoints.operator.redriving import decide

    decide(desk, wanted, Mark.REDRIVEN, dry_run=dry_run, yes=yes)


@dlq.command("drop")
@given(in_kafka, letters)
def dlq_drop(desk: "Desk", wanted: "Filter", *, dry_run: DryRun = False, yes: Yes = False) -> None:
    """Have dead letters neither listed nor redriven any more. The topic's retention deletes them.

    \b
    Exit 0  done, also where there was nothing to do
    Exit 1  the answer was no; or Kafka refuses: run it again
    """
    from mcp_jobs.core.marks import Mark
    from mcp_jobs.entrypoints.operator.redriving import decide

    decide(desk, wanted, Mark.DROPPED, dry_run=dry_run, yes=yes)

"""The operator's commands and their options. What a command does is imported when it is run."""

from typing import TYPE_CHECKING, Annotated

import typer

from mcp_jobs.entrypoints.common_options import given
from mcp_jobs.entrypoints.operator.dlq_commands import dlq
from mcp_jobs.entrypoints.operator.options import JobId, JobIds, SomeIds, in_kafka, topics, workload

if TYPE_CHECKING:
    from mcp_jobs.entrypoints.operator.desk import Desk


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


@given(workload)
def status_command(
    desk: "Desk",
    *,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Go on until Ctrl-C.")] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="Every workload of the release, as its helper lists them.")
    ] = False,
) -> None:
    """Lag, claims, Jobs, caps and the outcomes of the last hour, at a glance.

    \b
    Exit 0    shown, also where Kubernetes is not reached
    Exit 1    Kafka does not answer, or refuses; with --all, Kubernetes
    Exit 2    with --all: no helper has the workload
    Exit 130  Ctrl-C
    """
    from mcp_jobs.entrypoints.operator.watching import status

    status(desk, watch=watch, everything=everything)


@given(workload)
def show_command(desk: "Desk", job_id: JobId) -> None:
    """The way of one message: partition and offset, claim, Job, pods, outcome.

    \b
    Exit 0  shown
    Exit 1  Kafka does not answer, or refuses
    Exit 2  nothing is known of the jobId
    """
    from mcp_jobs.entrypoints.operator.showing import show

    show(desk, job_id)


@given(topics)
def outcomes_command(
    desk: "Desk",
    *,
    job: SomeIds = None,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with what comes, until Ctrl-C.")
    ] = False,
    last: Annotated[int, typer.Option(min=0, help="At most so many of those there are; 0: all.")] = 50,
) -> None:
    """What became of the messages, oldest first.

    \b
    Exit 0    shown, also where there is none
    Exit 1    Kafka does not answer, or refuses
    Exit 130  Ctrl-C
    """
    from mcp_jobs.entrypoints.operator.following import outcomes

    outcomes(desk, set(job or ()), follow=follow, last=last)


@given(in_kafka)
def wait_command(
    desk: "Desk",
    job_ids: JobIds,
    *,
    timeout: Annotated[float, typer.Option(min=0, metavar="SECONDS", help="Wait so long at most.")] = 600,
) -> bool:
    """Wait for the outcomes of jobIds. An outcome that is there counts, unless its message was redriven.

    \b
    Exit 0  every one succeeded
    Exit 1  one did not, or has no outcome when the time is over
    """
    from mcp_jobs.entrypoints.operator.following import wait

    return wait(desk, job_ids, seconds=timeout)


@given(workload)
def claims_command(desk: "Desk") -> None:
    """The messages that Jobs hold: which Job, since when, and whether it still runs.

    \b
    Exit 0  shown, also where there is none
    Exit 1  Kafka does not answer, or refuses
    """
    from mcp_jobs.entrypoints.operator.claims import show

    show(desk)


@given(workload)
def cancel_command(desk: "Desk", job_ids: JobIds) -> None:
    """Cancel messages: an unclaimed one never runs, a running one's Job is deleted. One outcome in any case.

    Killed in between, it can be run again: what is done is not done twice.

    \b
    Exit 0  none of them will run, also where one was over before
    Exit 1  Kafka does not answer, or refuses: run it again
    Exit 2  a jobId has no message; those before it are cancelled
    """
    from mcp_jobs.entrypoints.operator.cancelling import cancel_jobs

    cancel_jobs(desk, job_ids)


@given(workload)
def why_command(desk: "Desk", job_id: JobId) -> None:
    """Why is my message not running? Looks at lag, KEDA, refusals and pods, and names the next command.

    \b
    Exit 0  told
    Exit 1  Kafka or Kubernetes does not answer, or refuses
    Exit 2  nothing is known of the jobId
    """
    from mcp_jobs.entrypoints.operator.explaining import why

    why(desk, job_id)


@given(workload)
def pause_command(desk: "Desk") -> None:
    """Make no more Jobs for a workload; those that run finish, messages wait in Kafka.

    \b
    Exit 0  it is paused
    Exit 1  Kubernetes does not answer, or refuses
    Exit 2  the namespace has no ScaledJob for it
    """
    from mcp_jobs.entrypoints.operator.pausing import pause

    pause(desk, paused=True)


@given(workload)
def resume_command(desk: "Desk") -> None:
    """Make Jobs for a workload again.

    \b
    Exit 0  it is not paused any more
    Exit 1  Kubernetes does not answer, or refuses
    Exit 2  the namespace has no ScaledJob for it
    """
    from mcp_jobs.entrypoints.operator.pausing import pause

    pause(desk, paused=False)


@given(workload)
def drain_command(
    desk: "Desk",
    *,
    timeout: Annotated[float, typer.Option(min=0, metavar="SECONDS", help="Wait so long at most.")] = 3600,
) -> bool:
    """Pause a workload and wait until nothing runs.

    \b
    Exit 0  nothing runs
    Exit 1  something does when the time is over, or Kubernetes refuses
    Exit 2  the namespace has no ScaledJob for it
    """
    from mcp_jobs.entrypoints.operator.pausing import drain

    return drain(desk, timeout)

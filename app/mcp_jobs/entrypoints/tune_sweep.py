"""The options of `mcp-jobs tune` about what is tried."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from mcp_jobs.entrypoints import quantities

if TYPE_CHECKING:
    from mcp_jobs.entrypoints.tune_choices import SweepChoice

sweep_option = partial(typer.Option, rich_help_panel="What is tried, and shown")


@contextmanager
def sweep(
    *,
    target_wait: Annotated[
        float | None,
        sweep_option(
            parser=quantities.duration,
            metavar="30s",
            help="Recommend the cheapest values whose p95 wait is within this.",
        ),
    ] = None,
    polling_intervals: Annotated[
        quantities.Durations,
        sweep_option(parser=quantities.durations, metavar="1s,5s,...", help="Values to try."),
    ] = "1s,2s,5s,10s,30s",  # type: ignore[assignment]
    max_replicas: Annotated[
        quantities.Counts | None,
        sweep_option(
            parser=quantities.counts,
            metavar="10,50,...",
            help="Values to try. [dim]\\[default: around today's and the load's need][/]",
            show_default=False,
        ),
    ] = None,
    batch_sizes: Annotated[
        quantities.Counts,
        sweep_option(parser=quantities.counts, metavar="1,2,...", help="Values to try."),
    ] = "1,2,5",  # type: ignore[assignment]
    poll_cost: Annotated[
        float,
        sweep_option(
            parser=quantities.duration,
            metavar="100ms",
            help="What a poll costs Kafka and the API server, in pod-seconds.",
        ),
    ] = "100ms",  # type: ignore[assignment]
    courses: Annotated[int, sweep_option(min=1, max=100, help="Simulations of each setting.")] = 3,
) -> Iterator["SweepChoice"]:
    """What is tried."""
    from mcp_jobs.entrypoints.tune_choices import SweepChoice

    yield SweepChoice(
        target_wait=target_wait,
        intervals=polling_intervals,
        replicas=max_replicas,
        batches=batch_sizes,
        poll_cost=poll_cost,
        seeds=courses,
    )

"""The options of `mcp-jobs tune`."""

from pathlib import Path
from typing import Annotated

import typer

from mcp_jobs.core.errors import McpJobsError
from mcp_jobs.core.tuning.load import Burst
from mcp_jobs.core.tuning.spread import Spread
from mcp_jobs.entrypoints import quantities
from mcp_jobs.entrypoints.parameters import Brokers

_LOAD, _CLUSTER, _SWEEP = "The load", "The cluster", "What is tried, and shown"
_FORMATS = (".png", ".svg")


def _chart(path: Path | None) -> Path | None:
    if path and path.suffix not in _FORMATS:
        raise typer.BadParameter(f"expected a file name that ends in .png or .svg, found {path}")
    return path


def tune_command(  # noqa: PLR0913 - an option each
    *,
    values: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Today's values. [dim]\\[default: the chart's][/]", show_default=False
        ),
    ] = None,
    workload: Annotated[
        str | None, typer.Option(metavar="NAME", help="The workload, where the file has several.")
    ] = None,
    rate: Annotated[
        float,
        typer.Option(
            parser=quantities.rate,
            metavar="2/s",
            help="Messages, at random: per s, m or h.",
            rich_help_panel=_LOAD,
            show_default=False,
        ),
    ] = "0/s",  # type: ignore[assignment]
    duration: Annotated[
        float,
        typer.Option(
            "--for", parser=quantities.duration, metavar="10m", help="For how long.", rich_help_panel=_LOAD
        ),
    ] = "10m",  # type: ignore[assignment]
    burst: Annotated[
        list[Burst] | None,
        typer.Option(
            parser=quantities.burst,
            metavar="100@2m",
            help="So many messages at once, so long after the start. May be given again.",
            rich_help_panel=_LOAD,
        ),
    ] = None,
    work: Annotated[
        Spread | None,
        typer.Option(
            parser=quantities.spread,
            metavar="5s[,20s]",
            help="How long a message takes: median and 95th percentile.",
            rich_help_panel=_LOAD,
        ),
    ] = None,
    from_topic: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Take arrivals, times of work and the cluster's pace from this topic's outcomes.",
            rich_help_panel=_LOAD,
        ),
    ] = None,
    brokers: Brokers = None,
    last: Annotated[
        int, typer.Option(min=1, max=20_000, help="Outcomes to read at most.", rich_help_panel=_LOAD)
    ] = 1000,
    startup: Annotated[
        Spread | None,
        typer.Option(
            parser=quantities.spread,
            metavar="2s[,4s]",
            help="From a Job's creation to the start of its work, on an idle cluster."
            " [dim]\\[default: by the topic, or 1.5s,2.5s][/]",
            rich_help_panel=_CLUSTER,
            show_default=False,
        ),
    ] = None,
    start_rate: Annotated[
        float | None,
        typer.Option(
            parser=quantities.rate,
            metavar="3/s",
            help="Jobs that can start before they slow each other down."
            " [dim]\\[default: by the topic, or 2/s][/]",
            rich_help_panel=_CLUSTER,
            show_default=False,
        ),
    ] = None,
    teardown: Annotated[
        float,
        typer.Option(
            parser=quantities.duration,
            metavar="2s",
            help="From the end of the work until the Job is Complete.",
            rich_help_panel=_CLUSTER,
        ),
    ] = "2s",  # type: ignore[assignment]
    room: Annotated[
        int | None,
        typer.Option(min=1, help="Pods that find room on the nodes at once.", rich_help_panel=_CLUSTER),
    ] = None,
    partitions: Annotated[
        int, typer.Option(min=1, help="Partitions of the topic.", rich_help_panel=_CLUSTER)
    ] = 3,
    keda_qps: Annotated[
        float, typer.Option(min=0.1, help="KEDA's --kube-api-qps.", rich_help_panel=_CLUSTER)
    ] = 20,
    keda_burst: Annotated[
        int, typer.Option(min=1, help="KEDA's --kube-api-burst.", rich_help_panel=_CLUSTER)
    ] = 30,
    keda_api_timeout: Annotated[
        float,
        typer.Option(
            parser=quantities.duration,
            metavar="30s",
            help="KEDA_KUBERNETES_API_TIMEOUT: what a batch of creates may take besides pollingInterval.",
            rich_help_panel=_CLUSTER,
        ),
    ] = "0s",  # type: ignore[assignment]
    target_wait: Annotated[
        float | None,
        typer.Option(
            parser=quantities.duration,
            metavar="30s",
            help="Recommend the cheapest values whose p95 wait is within this.",
            rich_help_panel=_SWEEP,
        ),
    ] = None,
    polling_intervals: Annotated[
        quantities.Durations,
        typer.Option(
            parser=quantities.durations, metavar="1s,5s,...", help="Values to try.", rich_help_panel=_SWEEP
        ),
    ] = "1s,2s,5s,10s,30s",  # type: ignore[assignment]
    max_replicas: Annotated[
        quantities.Counts | None,
        typer.Option(
            parser=quantities.counts,
            metavar="10,50,...",
            help="Values to try. [dim]\\[default: around today's and the load's need][/]",
            rich_help_panel=_SWEEP,
            show_default=False,
        ),
    ] = None,
    batch_sizes: Annotated[
        quantities.Counts,
        typer.Option(
            parser=quantities.counts, metavar="1,2,...", help="Values to try.", rich_help_panel=_SWEEP
        ),
    ] = "1,2,5",  # type: ignore[assignment]
    poll_cost: Annotated[
        float,
        typer.Option(
            parser=quantities.duration,
            metavar="100ms",
            help="What a poll costs Kafka and the API server, in pod-seconds.",
            rich_help_panel=_SWEEP,
        ),
    ] = "100ms",  # type: ignore[assignment]
    courses: Annotated[
        int, typer.Option(min=1, max=100, help="Simulations of each setting.", rich_help_panel=_SWEEP)
    ] = 3,
    chart: Annotated[
        Path | None,
        typer.Option(
            callback=_chart, metavar="FILE", help="Draw a .png or .svg, too.", rich_help_panel=_SWEEP
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="JSON, for programs.", rich_help_panel=_SWEEP)
    ] = False,
) -> None:
    """Find pollingInterval, maxReplicaCount and lagThreshold for a load, by simulating KEDA's loop.

    \b
    A load that is described: two messages a second for ten minutes, and a burst
      mcp-jobs tune --values values.yaml --rate 2/s --for 10m --burst 200@5m --work 5s,20s
    A load that was there, which also shows how far the prediction is right
      mcp-jobs tune --values values.yaml --from-topic mcp-jobs --brokers localhost:9092
    The cheapest values with which 95 of 100 messages start within half a minute
      mcp-jobs tune --rate 2/s --work 5s --target-wait 30s --chart wait.svg

    Nothing is changed anywhere: it prints what to expect, and the lines for values.yaml.
    """
    from mcp_jobs.core.tuning.settings import Cluster
    from mcp_jobs.entrypoints.files import InputError
    from mcp_jobs.entrypoints.local_options import kafka_settings
    from mcp_jobs.entrypoints.tune_topic import record
    from mcp_jobs.local.view import console

    try:
        from mcp_jobs.entrypoints.tune import TuneOptions, tell, tune
    except ModuleNotFoundError as error:
        raise McpJobsError(f"tune needs {error.name}: pip install 'mcp-jobs[tune]'") from error

    options = TuneOptions(
        values=values,
        workload=workload,
        rate=rate,
        duration=duration,
        bursts=tuple(burst or ()),
        work=work,
        startup=startup,
        start_rate=start_rate,
        cluster=Cluster(
            teardown=teardown,
            room=room,
            partitions=partitions,
            create_rate=keda_qps,
            create_burst=keda_burst,
            api_timeout=keda_api_timeout,
        ),
        target_wait=target_wait,
        intervals=polling_intervals,
        replicas=max_replicas,
        batches=batch_sizes,
        poll_cost=poll_cost,
        seeds=courses,
    )
    if from_topic and not brokers:
        raise InputError("which Kafka? Name it with --brokers HOST:PORT or KAFKA_BROKERS")
    found = record(kafka_settings(brokers, from_topic), last) if from_topic and brokers else None
    report = tune(options, found, console(stderr=True))
    tell(report, as_json=as_json, chart=chart, console=console())

"""`mcp-jobs tune`: the command. Its options are in tune_options.py, what it does in tune.py."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mcp_jobs.core.errors import McpJobsError
from mcp_jobs.entrypoints.common_options import given
from mcp_jobs.entrypoints.tune_options import cluster, load
from mcp_jobs.entrypoints.tune_sweep import sweep, sweep_option

if TYPE_CHECKING:
    from mcp_jobs.core.tuning.recording import Recording
    from mcp_jobs.entrypoints.tune_choices import ClusterChoice, LoadChoice, SweepChoice

_FORMATS = (".png", ".svg")


def _chart(path: Path | None) -> Path | None:
    if path and path.suffix not in _FORMATS:
        raise typer.BadParameter(f"expected a file name that ends in .png or .svg, found {path}")
    return path


@given(load, cluster, sweep)
def tune_command(  # noqa: PLR0913 - what is chosen, and an option each
    chosen_load: "LoadChoice",
    chosen_cluster: "ClusterChoice",
    chosen_sweep: "SweepChoice",
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
    chart: Annotated[
        Path | None,
        sweep_option(callback=_chart, metavar="FILE", help="Draw a .png or .svg, too."),
    ] = None,
    as_json: Annotated[bool, sweep_option("--json", help="JSON, for programs.")] = False,
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

    \b
    Exit 0  told
    Exit 1  the topic can't be read, or a package is missing
    Exit 2  the load, the values file or an option is wrong
    """
    from mcp_jobs.entrypoints.tune_choices import TuneOptions
    from mcp_jobs.local.view import console

    try:
        from mcp_jobs.entrypoints.tune import tell, tune
    except ModuleNotFoundError as error:
        raise McpJobsError(f"tune needs {error.name}: pip install 'mcp-jobs[tune]'") from error

    options = TuneOptions(
        values=values, workload=workload, load=chosen_load, cluster=chosen_cluster, sweep=chosen_sweep
    )
    report = tune(options, _recorded(chosen_load), console(stderr=True))
    tell(report, as_json=as_json, chart=chart, console=console())


def _recorded(load: "LoadChoice") -> "Recording | None":
    """What the topic had, if one is named."""
    from mcp_jobs.entrypoints.local_options import kafka_settings
    from mcp_jobs.entrypoints.tune_topic import record

    if not load.from_topic:
        return None
    return record(kafka_settings(load.brokers, load.from_topic), load.last)

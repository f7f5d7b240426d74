"""`mcp-jobs tune`: values for a load, by simulation."""

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.progress import track

from mcp_jobs.core.tuning.advice import jobs_needed, reasons, warnings
from mcp_jobs.core.tuning.fit import fit
from mcp_jobs.core.tuning.load import Load
from mcp_jobs.core.tuning.paste import values_lines
from mcp_jobs.core.tuning.prediction import Prediction, predict
from mcp_jobs.core.tuning.recording import Recording
from mcp_jobs.core.tuning.settings import Cluster, Settings
from mcp_jobs.core.tuning.sweep import Grid, recommend
from mcp_jobs.entrypoints.files import InputError
from mcp_jobs.entrypoints.tune_choices import ClusterChoice, LoadChoice, SweepChoice, TuneOptions
from mcp_jobs.tuning.report import Report
from mcp_jobs.tuning.values import read_values
from mcp_jobs.tuning.view import show

#: messages; more of them take minutes and tell no more
_MOST_MESSAGES = 20_000
#: waits from which on start-up can be told from the rest
_ENOUGH = 20
_FACTORS = (0.25, 0.5, 2, 4)
#: room that a ceiling leaves above what the steady load needs
_HEADROOM = 1.3


def tune(options: TuneOptions, found: Recording | None, console: Console) -> Report:
    """Simulate, compare, recommend. Raises McpJobsError; `console` shows the progress."""
    workload, today = read_values(options.values, options.workload)
    load = _load(options.load, found)
    sweep, seeds = options.sweep, range(1, options.sweep.seeds + 1)
    cluster = _cluster(options.cluster, found, today)
    settings = list(_grid(sweep, today, load, cluster).around(today))
    predictions = tuple(
        predict(each, cluster, load, seeds)
        for each in track(
            settings, "Simulating", console=console, transient=True, disable=not console.is_terminal
        )
    )
    chosen = recommend(predictions, poll_cost=sweep.poll_cost, target_wait=sweep.target_wait)
    return Report(
        workload=workload,
        messages=load.expected,
        cluster=cluster,
        predictions=predictions,
        chosen=chosen,
        poll_cost=sweep.poll_cost,
        lines=values_lines(workload, chosen.settings),
        reasons=tuple(reasons(predictions[0], chosen, poll_cost=sweep.poll_cost, target=sweep.target_wait)),
        warnings=tuple(_warnings(predictions[0], chosen, load, cluster)),
        recording=found,
    )


def tell(report: Report, *, as_json: bool, chart: Path | None, console: Console) -> None:
    """Show the report, and draw the chart if there is to be one. Raises McpJobsError."""
    if as_json:
        print(json.dumps(report.to_json(), indent=2))
    else:
        show(report, console)
    if chart:
        from mcp_jobs.tuning.chart import draw  # matplotlib takes a second to import

        draw(report, chart)


def _warnings(today: Prediction, chosen: Prediction, load: Load, cluster: Cluster) -> Iterator[str]:
    if chosen is not today:
        yield from (f"Today: {sentence}" for sentence in warnings(today, load, cluster))
    yield from warnings(chosen, load, cluster)


def _load(options: LoadChoice, found: Recording | None) -> Load:
    if found is not None and not found.messages:
        raise InputError("the topic holds no outcome with its times: name another one, or describe the load")
    described = bool(options.rate or options.bursts)
    if not described and found is None:
        raise InputError(
            "which load? Describe it with --rate 2/s --for 10m or --burst 100, or read it with --from-topic"
        )
    work = options.work or (found.work if found else None)
    if work is None:
        raise InputError("how long does a message take? Say --work 5s, or --work 5s,20s for median and p95")
    load = Load(
        work=work,
        rate=options.rate,
        duration=options.duration,
        bursts=options.bursts,
        recorded=found.messages if found else (),
    )
    if not 0 < load.expected <= _MOST_MESSAGES:
        raise InputError(
            f"the load has {load.expected:,} messages; from 1 to {_MOST_MESSAGES:,} can be simulated."
            " Change --for or --last"
        )
    return load


def _cluster(options: ClusterChoice, found: Recording | None, today: Settings) -> Cluster:
    """What is given wins; what is not is found out from the recording, if that has enough."""
    cluster = options.rest
    if found and len(found.waits) >= _ENOUGH and not (options.startup and options.start_rate):
        cluster = fit(found, today, cluster, (1, 2))
    if options.startup:
        cluster = replace(cluster, startup=options.startup)
    return replace(cluster, start_rate=options.start_rate) if options.start_rate else cluster


def _grid(options: SweepChoice, today: Settings, load: Load, cluster: Cluster) -> Grid:
    replicas = options.replicas or tuple(_replicas(today, load, cluster))
    return Grid(polling_intervals=options.intervals, max_replica_counts=replicas, batch_sizes=options.batches)


def _replicas(today: Settings, load: Load, cluster: Cluster) -> Iterator[int]:
    """Around today's, and what the steady part and the largest burst of the load need."""
    for factor in _FACTORS:
        yield max(1, round(today.scaling.max_replica_count * factor))
    yield max(1, math.ceil(jobs_needed(today, load, cluster) * _HEADROOM))
    yield max(1, max((burst.count for burst in load.bursts), default=1))

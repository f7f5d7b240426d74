"""The options of `mcp-jobs tune` about the load and the cluster."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from mcp_jobs.core.tuning.load import Burst
from mcp_jobs.core.tuning.spread import Spread
from mcp_jobs.entrypoints import quantities
from mcp_jobs.entrypoints.parameters import Brokers

if TYPE_CHECKING:
    from mcp_jobs.entrypoints.tune_choices import ClusterChoice, LoadChoice

_load_option = partial(typer.Option, rich_help_panel="The load")
_cluster_option = partial(typer.Option, rich_help_panel="The cluster")


@contextmanager
def load(  # noqa: PLR0913 - an option each
    *,
    rate: Annotated[
        float,
        _load_option(
            parser=quantities.rate,
            metavar="2/s",
            help="Messages, at random: per s, m or h.",
            show_default=False,
        ),
    ] = "0/s",  # type: ignore[assignment]
    duration: Annotated[
        float,
        _load_option("--for", parser=quantities.duration, metavar="10m", help="For how long."),
    ] = "10m",  # type: ignore[assignment]
    burst: Annotated[
        list[Burst] | None,
        _load_option(
            parser=quantities.burst,
            metavar="100@2m",
            help="So many messages at once, so long after the start. May be given again.",
        ),
    ] = None,
    work: Annotated[
        Spread | None,
        _load_option(
            parser=quantities.spread,
            metavar="5s[,20s]",
            help="How long a message takes: median and 95th percentile.",
        ),
    ] = None,
    from_topic: Annotated[
        str | None,
        _load_option(
            metavar="NAME",
            help="Take arrivals, times of work and the cluster's pace from this topic's outcomes.",
        ),
    ] = None,
    brokers: Brokers = None,
    last: Annotated[int, _load_option(min=1, max=20_000, help="Outcomes to read at most.")] = 1000,
) -> Iterator["LoadChoice"]:
    """The load."""
    from mcp_jobs.entrypoints.tune_choices import LoadChoice

    yield LoadChoice(
        rate=rate,
        duration=duration,
        bursts=tuple(burst or ()),
        work=work,
        from_topic=from_topic,
        brokers=brokers,
        last=last,
    )


@contextmanager
def cluster(  # noqa: PLR0913 - an option each
    *,
    startup: Annotated[
        Spread | None,
        _cluster_option(
            parser=quantities.spread,
            metavar="2s[,4s]",
            help="From a Job's creation to the start of its work, on an idle cluster."
            " [dim]\\[default: by the topic, or 1.5s,2.5s][/]",
            show_default=False,
        ),
    ] = None,
    start_rate: Annotated[
        float | None,
        _cluster_option(
            parser=quantities.rate,
            metavar="3/s",
            help="Jobs that can start before they slow each other down."
            " [dim]\\[default: by the topic, or 2/s][/]",
            show_default=False,
        ),
    ] = None,
    teardown: Annotated[
        float,
        _cluster_option(
            parser=quantities.duration,
            metavar="3.5s",
            help="From the end of the work until the Job is Complete.",
        ),
    ] = "3.5s",  # type: ignore[assignment]
    room: Annotated[
        int | None,
        _cluster_option(min=1, help="Pods that find room on the nodes at once."),
    ] = None,
    partitions: Annotated[int, _cluster_option(min=1, help="Partitions of the topic.")] = 3,
    keda_qps: Annotated[float, _cluster_option(min=0.1, help="KEDA's --kube-api-qps.")] = 20,
    keda_burst: Annotated[int, _cluster_option(min=1, help="KEDA's --kube-api-burst.")] = 30,
    keda_api_timeout: Annotated[
        float,
        _cluster_option(
            parser=quantities.duration,
            metavar="30s",
            help="KEDA_KUBERNETES_API_TIMEOUT: what a batch of creates may take besides pollingInterval.",
        ),
    ] = "0s",  # type: ignore[assignment]
) -> Iterator["ClusterChoice"]:
    """The cluster."""
    from mcp_jobs.core.tuning.settings import Cluster
    from mcp_jobs.entrypoints.tune_choices import ClusterChoice

    rest = Cluster(
        teardown=teardown,
        room=room,
        partitions=partitions,
        create_rate=keda_qps,
        create_burst=keda_burst,
        api_timeout=keda_api_timeout,
    )
    yield ClusterChoice(startup=startup, start_rate=start_rate, rest=rest)

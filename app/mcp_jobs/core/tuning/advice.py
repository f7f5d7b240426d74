"""What a prediction means, in sentences."""

import math
from collections.abc import Iterator

from mcp_jobs.core.tuning.load import Load
from mcp_jobs.core.tuning.prediction import Prediction
from mcp_jobs.core.tuning.settings import Cluster, Settings

#: share of the ceiling from which on it holds messages up
_FULL = 0.98


def reasons(
    today: Prediction, chosen: Prediction, *, poll_cost: float, target: float | None
) -> Iterator[str]:
    """Why the chosen values, compared with today's."""
    yield _rule(chosen, target)
    if chosen is today:
        yield "Today's values are as good as any that were tried: there is nothing to change."
        return
    wait, cost = chosen.p95 - today.p95, chosen.cost(poll_cost) / today.cost(poll_cost) - 1
    yield (
        f"95 of 100 messages start within {chosen.p95:.1f} s instead of {today.p95:.1f} s"
        f" ({wait:+.1f} s), for {abs(cost):.0%} {'more' if cost > 0 else 'less'} cost."
    )
    yield from _changes(today, chosen)


def _rule(chosen: Prediction, target: float | None) -> str:
    if target is None:
        return (
            "Chosen as the least product of p95 wait and cost: from there on, a wait shorter by some percent"
            " costs more than these percent."
        )
    if chosen.wait(0.95).most <= target:
        return (
            f"Chosen as the cheapest that keeps the p95 wait within {target:g} s in every course simulated."
        )
    return (
        f"Nothing that was tried keeps the p95 wait within {target:g} s; this comes closest."
        " What holds messages up is named below."
    )


def _changes(today: Prediction, chosen: Prediction) -> Iterator[str]:
    was, now = today.settings, chosen.settings
    if was.polling_interval != now.polling_interval:
        yield (
            f"pollingInterval {now.polling_interval:g}: a message waits half of it on average until KEDA"
            f" looks, {now.polling_interval / 2:g} s instead of {was.polling_interval / 2:g} s."
        )
    if was.scaling.max_replica_count != now.scaling.max_replica_count:
        yield (
            f"maxReplicaCount {now.scaling.max_replica_count}: this load has {chosen.peak_jobs.mean:.0f}"
            f" unfinished Jobs at its peak, {today.peak_jobs.mean:.0f} with today's values."
        )
    if was.batch_size != now.batch_size:
        yield (
            f"batchSize {now.batch_size}: one start of a pod serves up to {now.batch_size} messages; they run"
            " one after the other, and if the pod dies, those without an outcome wait for the next attempt."
        )


def warnings(predicted: Prediction, load: Load, cluster: Cluster) -> Iterator[str]:
    """What holds messages up with these values, and what to do about it."""
    settings = predicted.settings
    scaling = settings.scaling
    if predicted.stranded:
        yield (
            f"{predicted.stranded} messages would never start: activationLagThreshold is"
            f" {scaling.activation_lag_threshold}, the Jobs' limit {settings.most_jobs}."
        )
    if settings.cap is not None and predicted.denied:
        yield (
            f"The policy's cap of {settings.cap} active Jobs denied {predicted.denied:,} creates that"
            f" maxReplicaCount {scaling.max_replica_count} allows: each is an error event in KEDA."
            f" Raise the cap, or set maxReplicaCount to {settings.cap}."
        )
    if predicted.cut:
        yield _cut(predicted, cluster)
    if scaling.lag_threshold > settings.batch_size:
        yield (
            f"lagThreshold {scaling.lag_threshold:g} is more than batchSize {settings.batch_size}:"
            " messages wait for Jobs that come a poll later."
        )
    yield from _limits(predicted, load, cluster)


def _cut(predicted: Prediction, cluster: Cluster) -> str:
    interval = predicted.settings.polling_interval
    return (
        f"{predicted.cut:,} creates were put off to a later poll: KEDA creates {cluster.create_rate:g} Jobs"
        f" a second (after {cluster.create_burst} at once), and one poll may take"
        f" {interval + cluster.api_timeout:g} s for it."
        " Run its operator with --kube-api-qps=200 --kube-api-burst=400 and KEDA_KUBERNETES_API_TIMEOUT=30s."
    )


def _limits(predicted: Prediction, load: Load, cluster: Cluster) -> Iterator[str]:
    settings = predicted.settings
    needed = jobs_needed(settings, load, cluster)
    if needed > settings.most_jobs:
        seconds, pause = lifetime(settings, load, cluster), settings.polling_interval / 2
        yield (
            f"Messages come at {load.pace:.2g} a second. With Jobs of {seconds:.1f} s, and {pause:g} s until"
            f" a poll fills a free slot, that takes {needed} Jobs; {settings.most_jobs} let the backlog grow"
            " as long as it lasts."
        )
    elif predicted.peak_jobs.mean >= _FULL * settings.most_jobs:
        yield f"All {settings.most_jobs} Jobs are in use at the peak; what comes then waits for one to end."
    if load.pace > cluster.start_rate * settings.batch_size:
        yield (
            f"Messages come at {load.pace:.2g} a second, but the nodes start {cluster.start_rate:.2g} Jobs a"
            " second: more processors or a larger batchSize is needed, other values don't help."
        )


def jobs_needed(settings: Settings, load: Load, cluster: Cluster) -> int:
    """Jobs at once that keep up with the load, its bursts left out, when all of them are in use."""
    slot = lifetime(settings, load, cluster) + settings.polling_interval / 2
    return math.ceil(load.pace * slot / settings.batch_size)


def lifetime(settings: Settings, load: Load, cluster: Cluster) -> float:
    """Seconds that a Job counts as unfinished, alone on its node: start, work, end."""
    return cluster.startup.mean + load.work.mean * settings.batch_size + cluster.teardown

"""How many Jobs KEDA 2.21 creates for a ScaledJob on a Kafka topic: its formulas, as pure functions.

From KEDA's source: pkg/scalers/kafka_scaler.go (lag), pkg/scaling/scaledjob/metrics.go (scale) and
pkg/scaling/executor/scale_jobs.go (strategies). Names are KEDA's own.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Strategy(StrEnum):
    """scalingStrategy.strategy: how Jobs that exist already count against the lag."""

    DEFAULT = "default"  #: by the unfinished Jobs, those long at work included
    CUSTOM = "custom"  #: by a deduction and a share of the unfinished Jobs
    ACCURATE = "accurate"  #: by the pending Jobs: exact where pending means "has not claimed yet"
    EAGER = "eager"  #: as many as maxReplicaCount leaves room for


@dataclass(frozen=True, kw_only=True, slots=True)
class Scaling:
    """The fields of a ScaledJob and of its Kafka trigger that decide; counts are Jobs, thresholds messages.

    `deduction` and `running_percentage` are the custom strategy's customScalingQueueLengthDeduction and
    customScalingRunningJobPercentage (1.0 is all of them).
    """

    lag_threshold: float = 1
    activation_lag_threshold: int = 0
    max_replica_count: int = 100
    min_replica_count: int = 0
    strategy: Strategy = Strategy.ACCURATE
    deduction: int = 0
    running_percentage: float = 0.0

    @property
    def ceiling(self) -> int:
        """What KEDA calls MaxReplicaCount(): the room above minReplicaCount."""
        return max(0, self.max_replica_count - self.min_replica_count)


def total_lag(committed: Mapping[int, int], ends: Mapping[int, int]) -> int:
    """The lag of a group over all partitions, by allowIdleConsumers and scaleToZeroOnInvalidOffset.

    A partition without a committed offset counts nothing. One that is committed beyond its end, as after the
    topic was made anew, counts against the others.
    """
    return max(
        0, sum(end - committed[partition] for partition, end in ends.items() if partition in committed)
    )


def jobs_to_create(scaling: Scaling, *, lag: int, running: int, pending: int) -> int:
    """How many Jobs one poll creates. `running` Jobs are unfinished, `pending` ones of them not Ready."""
    if scaling.min_replica_count > running:
        return scaling.min_replica_count - running
    if lag <= scaling.activation_lag_threshold and not scaling.min_replica_count:
        return 0
    max_scale = math.ceil(min(lag / scaling.lag_threshold, scaling.ceiling))
    extra = running - scaling.min_replica_count
    wanted = scaling.ceiling if scaling.strategy is Strategy.EAGER else lag
    return max(0, min(wanted, _effective_max_scale(scaling, max_scale, extra, pending)))


def _effective_max_scale(scaling: Scaling, max_scale: int, running: int, pending: int) -> int:
    ceiling = scaling.ceiling
    match scaling.strategy:
        case Strategy.CUSTOM:
            share = int(running * scaling.running_percentage)
            return min(max_scale - scaling.deduction - share, ceiling)
        case Strategy.ACCURATE:
            # `- pending` in the condition is there since KEDA 2.19 only.
            full = max_scale + running - pending > ceiling
            return ceiling - running if full else max_scale - pending
        case Strategy.EAGER:
            return min(ceiling - running - pending, max_scale)
    return max_scale - running

"""Many settings compared: which are worth considering, and which one to take."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

from mcp_jobs.core.tuning.prediction import Prediction
from mcp_jobs.core.tuning.settings import Settings

#: products of wait and cost that differ by less are the same: a prediction is not more exact than that
EQUAL = 1.05


@dataclass(frozen=True, kw_only=True, slots=True)
class Grid:
    """The values to try; those of today are always among them."""

    polling_intervals: tuple[float, ...]
    max_replica_counts: tuple[int, ...]
    batch_sizes: tuple[int, ...]

    def around(self, today: Settings) -> Iterator[Settings]:
        """Every combination. lagThreshold goes with batchSize: less of it would start Jobs for nothing."""
        intervals = sorted({today.polling_interval, *self.polling_intervals})
        replicas = sorted({today.scaling.max_replica_count, *self.max_replica_counts})
        batches = sorted({today.batch_size, *self.batch_sizes})
        yield today
        for interval, most, batch in product(intervals, replicas, batches):
            threshold = today.scaling.lag_threshold if batch == today.batch_size else batch
            scaling = replace(today.scaling, max_replica_count=most, lag_threshold=threshold)
            settings = replace(today, polling_interval=interval, scaling=scaling, batch_size=batch)
            if settings != today:
                yield settings


def front(predictions: Sequence[Prediction], poll_cost: float) -> list[Prediction]:
    """Those that no other one beats in both wait (p95) and cost, by cost."""
    found: list[Prediction] = []
    for prediction in sorted(predictions, key=lambda p: (p.cost(poll_cost), p.p95)):
        if not found or prediction.p95 < found[-1].p95:
            found.append(prediction)
    return found


def recommend(
    predictions: Sequence[Prediction], *, poll_cost: float, target_wait: float | None = None
) -> Prediction:
    """The one to take; the first of the predictions is today's.

    With a target: the cheapest whose p95 wait meets it, or else the quickest. Without one: the least product
    of p95 wait and cost, where a step that shortens the wait by some percent may raise the cost by as much.
    Of those that are equal within 5 %: what changes least, allows fewest Jobs at once, and polls least.
    """
    today = predictions[0].settings
    complete = [p for p in predictions if not p.stranded] or list(predictions)

    def score(prediction: Prediction) -> float:
        if target_wait is None:
            return prediction.p95 * prediction.cost(poll_cost)
        return prediction.cost(poll_cost)

    if target_wait is not None:
        meeting = [p for p in complete if p.wait(0.95).most <= target_wait]
        if not meeting:
            return min(complete, key=lambda p: (p.p95, p.cost(poll_cost)))
        complete = meeting
    best = min(map(score, complete))
    equal = [p for p in complete if score(p) <= best * EQUAL]
    return min(equal, key=lambda p: _effort(today, p))


def _effort(today: Settings, prediction: Prediction) -> tuple[float, ...]:
    found = prediction.settings
    changes = (
        (found.batch_size != today.batch_size)
        + (found.scaling.max_replica_count != today.scaling.max_replica_count)
        + (found.polling_interval != today.polling_interval)
    )
    return changes, found.scaling.max_replica_count, -found.polling_interval

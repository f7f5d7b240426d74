"""How fast a cluster starts Jobs, from the waits that were recorded on it."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product

from mcp_jobs.core.tuning.prediction import Prediction
from mcp_jobs.core.tuning.recording import Recording
from mcp_jobs.core.tuning.settings import Cluster, Settings
from mcp_jobs.core.tuning.simulation import simulate
from mcp_jobs.core.tuning.spread import Lognormal, percentile

#: recorded messages that are simulated again for each guess
_MOST = 400
#: which percentiles of the waits are to be met
_SHARES = (0.1, 0.5, 0.9)
#: waits are compared from here on, in seconds: less is noise
_NOISE = 0.5
_ROUNDS = 3


def fit(found: Recording, settings: Settings, cluster: Cluster, seeds: Sequence[int]) -> Cluster:
    """The cluster with the `startup` and `start_rate` that predict the recorded waits best.

    `settings` are those that were in force then. A search over a grid that becomes finer.
    """
    waits, messages = found.waits, found.messages[:_MOST]

    def error(guess: tuple[float, float]) -> float:
        runs = tuple(simulate(settings, _with(cluster, *guess), messages, seed) for seed in seeds)
        return _error(Prediction(settings, runs), waits)

    best = (math.sqrt(max(percentile(waits, 0.05), _NOISE)), 2.0)
    step = 2.0
    for _ in range(_ROUNDS):
        best = min(_around(best, step), key=error)
        step = math.sqrt(step)
    return _with(cluster, *best)


def _around(guess: tuple[float, float], step: float) -> Iterator[tuple[float, float]]:
    for startup, rate in product(range(-2, 3), repeat=2):
        yield guess[0] * step**startup, guess[1] * step**rate


def _with(cluster: Cluster, startup: float, rate: float) -> Cluster:
    return replace(cluster, startup=Lognormal(startup, startup * 1.6), start_rate=rate)


def _error(predicted: Prediction, waits: Sequence[float]) -> float:
    """The sum of the ratios by which predicted and recorded percentiles differ, as logarithms."""
    return sum(
        abs(math.log((predicted.wait(share).mean + _NOISE) / (percentile(waits, share) + _NOISE)))
        for share in _SHARES
    )

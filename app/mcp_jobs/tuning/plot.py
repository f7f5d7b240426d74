"""Wait against cost in a terminal."""

import math
from collections.abc import Iterator, Sequence

import plotext

from mcp_jobs.core.tuning.prediction import Prediction
from mcp_jobs.tuning.report import Report

_HEIGHT = 18
#: seconds; a wait of nothing has no place on a logarithmic axis
_LEAST = 0.01


def plot(report: Report, *, width: int, color: bool) -> str:
    """All settings, those worth considering joined by a line, today's as T and the recommended one as R."""
    figure = plotext.figure
    figure.clear()
    figure.theme("colorless")
    figure.plot_size(width, _HEIGHT)
    figure.title("p95 wait (s) by cost (pod-seconds)   T today   R recommended")
    worth = report.front
    layers = (report.predictions, "·"), (worth, "hd"), ([report.today], "T"), ([report.chosen], "R")
    for predictions, marker in layers:
        figure.draw(_signal(report, predictions, marker).lines(predictions is worth))
    costs = [prediction.cost(report.poll_cost) for prediction in report.predictions]
    figure.ruler("x").lim(min(costs), max(costs))
    ticks = list(_ticks(_height(p) for p in report.predictions))
    figure.ruler("y").ticks([math.log10(tick) for tick in ticks], [f"{tick:g}" for tick in ticks])
    return str(figure.build().string(colorless=not color))


def _signal(report: Report, predictions: Sequence[Prediction], marker: str) -> "plotext.signal":
    costs = [prediction.cost(report.poll_cost) for prediction in predictions]
    return plotext.figure.signal(costs, [_height(prediction) for prediction in predictions], marker=marker)


def _height(prediction: Prediction) -> float:
    return math.log10(max(prediction.p95, _LEAST))


def _ticks(heights: Iterator[float]) -> Iterator[float]:
    """1, 2, 5, 10, 20 … as far as they are within the plot."""
    found = list(heights)
    for power in range(math.floor(min(found)), math.ceil(max(found)) + 1):
        for digit in (1, 2, 5):
            tick = digit * 10.0**power
            if min(found) <= math.log10(tick) <= max(found):
                yield tick

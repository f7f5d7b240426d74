"""How a time varies from one Job to the next. All times are seconds."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Protocol

#: how many standard deviations the 95th percentile of a normal distribution is above its median
_P95 = 1.6448536269514722


class Spread(Protocol):
    """A distribution of times."""

    @property
    def mean(self) -> float:
        """The mean."""

    def draw(self, rng: Random) -> float:
        """One time."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """Always the same."""

    seconds: float

    @property
    def mean(self) -> float:
        """The mean."""
        return self.seconds

    def draw(self, rng: Random) -> float:
        """The time."""
        return self.seconds


@dataclass(frozen=True, slots=True)
class Lognormal:
    """Half of the times are below `median`, one in twenty is above `p95`; the usual form of service times."""

    median: float
    p95: float

    @property
    def mean(self) -> float:
        """The mean."""
        return self.median * math.exp(self._sigma**2 / 2)

    @property
    def _sigma(self) -> float:
        return math.log(self.p95 / self.median) / _P95

    def draw(self, rng: Random) -> float:
        """One time."""
        return rng.lognormvariate(math.log(self.median), self._sigma)


@dataclass(frozen=True, slots=True)
class Empirical:
    """One of the times that were measured, each as likely as the others."""

    samples: tuple[float, ...]

    @property
    def mean(self) -> float:
        """The mean."""
        return math.fsum(self.samples) / len(self.samples)

    def draw(self, rng: Random) -> float:
        """One time."""
        return rng.choice(self.samples)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` (0 to 1) of the sorted `values` do not exceed, between two of them if need be.

    0 where there are none.
    """
    if not values:
        return 0.0
    place = share * (len(values) - 1)
    below = int(place)
    above = min(below + 1, len(values) - 1)
    return values[below] + (values[above] - values[below]) * (place - below)

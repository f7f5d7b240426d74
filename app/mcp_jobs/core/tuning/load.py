"""The messages that come: described by a rate and bursts, recorded, or both."""

import random
from dataclasses import dataclass
from random import Random

from mcp_jobs.core.tuning.spread import Spread


@dataclass(frozen=True, slots=True)
class Message:
    """One message: seconds after the start at which it arrives, and seconds of work that it takes."""

    arrival: float
    work: float


@dataclass(frozen=True, slots=True)
class Burst:
    """`count` messages at once, `at` seconds after the start."""

    count: int
    at: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Load:
    """A load. `rate` is messages a second, at random (Poisson) over `duration` seconds; bursts come on top.

    `recorded` messages are taken as they are; `work` is how long the described ones take.
    """

    work: Spread
    rate: float = 0.0
    duration: float = 0.0
    bursts: tuple[Burst, ...] = ()
    recorded: tuple[Message, ...] = ()

    @property
    def expected(self) -> int:
        """How many messages to expect."""
        described = self.rate * self.duration + sum(burst.count for burst in self.bursts)
        return round(described) + len(self.recorded)

    @property
    def pace(self) -> float:
        """Messages a second on average, bursts left out."""
        span = self.recorded[-1].arrival if self.recorded else 0.0
        return self.rate + (len(self.recorded) / span if span else 0.0)

    def messages(self, seed: int) -> list[Message]:
        """One course of the load, by arrival; the same for the same seed."""
        rng = random.Random(seed)
        arrivals = self._steady(rng) + [burst.at for burst in self.bursts for _ in range(burst.count)]
        described = [Message(arrival, self.work.draw(rng)) for arrival in arrivals]
        return sorted([*described, *self.recorded], key=lambda message: message.arrival)

    def _steady(self, rng: Random) -> list[float]:
        arrivals: list[float] = []
        at = rng.expovariate(self.rate) if self.rate else self.duration
        while at < self.duration:
            arrivals.append(at)
            at += rng.expovariate(self.rate)
        return arrivals

"""Pods that start at the same time share the nodes' processors."""

import heapq
import math


class Starts:
    """Processor sharing: up to `capacity` starts at full speed, more share it evenly. Times are seconds."""

    def __init__(self, capacity: float) -> None:
        self._capacity = capacity
        self._given = 0.0  # full-speed seconds that each start present since the beginning would have got
        self._at = 0.0
        self._waiting: list[tuple[float, int]] = []

    def add(self, now: float, job: int, seconds: float) -> None:
        """A start begins that takes `seconds` at full speed."""
        self._advance(now)
        heapq.heappush(self._waiting, (self._given + seconds, job))

    def next(self) -> float:
        """When the next start is over, if none begins before."""
        if not self._waiting:
            return math.inf
        return self._at + max(0.0, self._waiting[0][0] - self._given) / self._speed

    def pop(self, now: float) -> int:
        """The job whose start is over now."""
        self._advance(now)
        self._given = max(self._given, self._waiting[0][0])
        return heapq.heappop(self._waiting)[1]

    @property
    def _speed(self) -> float:
        return min(1.0, self._capacity / len(self._waiting)) if self._waiting else 1.0

    def _advance(self, now: float) -> None:
        self._given += (now - self._at) * self._speed
        self._at = now

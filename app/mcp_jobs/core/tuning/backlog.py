"""The messages that nobody has claimed yet."""

from collections import deque
from itertools import islice
from random import Random

from mcp_jobs.core.tuning.load import Message


class Backlog:
    """Unclaimed messages by partition; producers spread them evenly."""

    def __init__(self, partitions: int) -> None:
        self._partitions: list[deque[Message]] = [deque() for _ in range(partitions)]
        self._arrived = 0
        self.lag = 0

    def add(self, message: Message) -> None:
        """A message arrives."""
        self._partitions[self._arrived % len(self._partitions)].append(message)
        self._arrived += 1
        self.lag += 1

    def claim(self, limit: int, rng: Random) -> list[Message]:
        """Up to `limit` messages of one partition, chosen as a runner does it: at random, by the lag."""
        if not self.lag:
            return []
        [partition] = rng.choices(self._partitions, [len(p) for p in self._partitions])
        claimed = list(islice(partition, limit))
        for _ in claimed:
            partition.popleft()
        self.lag -= len(claimed)
        return claimed

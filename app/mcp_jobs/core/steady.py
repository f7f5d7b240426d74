"""How long something has stayed as it is, by the clock of whoever watches it."""

from collections.abc import Collection, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Steady(Generic[K, V]):
    """Remembers since when each value has been what it is. Times are seconds of a monotonic clock."""

    def __init__(self) -> None:
        self._since: dict[K, tuple[V, float]] = {}

    def seconds(self, key: K, value: V, now: float) -> float:
        """For how long `value` has been seen under `key` without a change; 0 at first sight."""
        known = self._since.get(key)
        if known is None or known[0] != value:
            self._since[key] = known = value, now
        return now - known[1]

    def keep(self, keys: Collection[K]) -> None:
        """Forget every key but these: they were not seen this time."""
        for key in self._since.keys() - set(keys):
            del self._since[key]

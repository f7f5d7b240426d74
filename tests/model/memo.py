"""Work done once: numbers for things, and tables that fill themselves."""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

#: bits that a number takes
BITS = 20

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Numbers(Generic[K]):
    """Numbers for equal things, in the order they come."""

    def __init__(self) -> None:
        self._of: dict[K, int] = {}
        self._things: list[K] = []

    def of(self, thing: K) -> int:
        """The number of a thing; a new one where the thing is new."""
        number = self._of.setdefault(thing, len(self._things))
        if number == len(self._things):
            self._things.append(thing)
            assert number < 1 << BITS
        return number

    def __getitem__(self, number: int) -> K:
        """The thing of a number."""
        return self._things[number]


class Memo(dict[K, V]):
    """A dictionary that works out what it does not know yet. A hit costs no more than in any other."""

    def __init__(self, work: Callable[[K], V]) -> None:
        super().__init__()
        self._work = work

    def __missing__(self, key: K) -> V:
        value = self[key] = self._work(key)
        return value

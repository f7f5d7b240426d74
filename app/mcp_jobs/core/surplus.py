"""Jobs that ran and found nothing to claim."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet


class Surplus:
    """Counts each Complete Job without a claim once.

    Groups are read before Jobs, so a Job may claim and complete between the two: it is judged one look later.
    Jobs that were Complete at the first look are left out, since their groups may have been deleted.
    """

    def __init__(self) -> None:
        self._judged: frozenset[str] | None = None
        self._waiting: frozenset[str] = frozenset()

    def look(self, complete: Iterable[str], with_claim: AbstractSet[str]) -> int:
        """How many more there are, given the uids of Complete Jobs and those of Jobs with a claim group."""
        now = frozenset(complete)
        if self._judged is None:
            self._judged = now
            return 0
        count = len(self._waiting - with_claim)
        judged = (self._judged | self._waiting) & now
        self._waiting = now - judged
        self._judged = judged
        return count

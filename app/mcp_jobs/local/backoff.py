"""How long Kubernetes waits before it starts the next pod of a Job whose pod has failed."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Backoff:
    """Seconds: `base` after the first failure, twice as long after each further one, `longest` at most.

    Kubernetes has 10 s and 6 min; on one machine, nobody wants to wait that long.
    """

    base: float = 0.5
    longest: float = 18.0

    def delay(self, failures: int) -> float:
        """Seconds to wait after so many failures, at least one."""
        # 2.0 ** 1024 is more than a float holds; the longest delay is reached long before.
        return min(self.longest, self.base * 2.0 ** min(failures - 1, 64))

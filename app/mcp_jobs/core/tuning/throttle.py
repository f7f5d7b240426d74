"""KEDA's limit on creating Jobs: client-go's token bucket, one request after another."""


class Throttle:
    """`rate` requests a second, up to `burst` at once after a pause. Times are seconds."""

    def __init__(self, rate: float, burst: int) -> None:
        self._rate = rate
        self._burst = float(burst)
        self._tokens = self._burst
        self._at = 0.0

    def next(self, now: float) -> float:
        """When a request that is made now may go out."""
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        return now + max(0.0, 1.0 - self._tokens) / self._rate

    def take(self) -> None:
        """The request goes out then."""
        self._tokens -= 1.0

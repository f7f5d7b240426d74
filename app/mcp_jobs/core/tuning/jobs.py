"""The Jobs as KEDA counts them."""


class Jobs:
    """Unfinished Jobs, and how many of them are pending: without a Ready pod, so about to claim.

    A pod is Ready from a moment after its claim until a moment after its end; the Job is unfinished longer.
    """

    def __init__(self) -> None:
        self.created = 0
        self.unfinished = 0
        self.pending = 0
        self.peak = 0
        self.surplus = 0

    def create(self) -> int:
        """A Job is created; returns its number."""
        self.created += 1
        self.unfinished += 1
        self.pending += 1
        self.peak = max(self.peak, self.unfinished)
        return self.created

    def ready(self) -> None:
        """A pod becomes Ready."""
        self.pending -= 1

    def unready(self) -> None:
        """A Ready pod ends."""
        self.pending += 1

    def complete(self) -> None:
        """A Job is over."""
        self.unfinished -= 1
        self.pending -= 1

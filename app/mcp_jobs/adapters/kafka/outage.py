"""The ways not to get an answer."""


class Unsent(Exception):
    """Raised when a request did not reach the broker in time: it was not done."""


class Unanswered(Exception):
    """Raised when a request was sent and no answer came: it was done or not."""


class Interrupted(Exception):
    """Raised when whoever waits is told to stop, e.g. by SIGTERM."""

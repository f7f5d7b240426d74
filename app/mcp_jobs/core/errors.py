"""The errors mcp-jobs raises on purpose. Each message is a sentence for the person who reads it."""


class McpJobsError(Exception):
    """The root of every error that mcp-jobs raises on purpose."""


class EnvelopeError(McpJobsError):
    """Raised when a message can't be read as an envelope.

    `field` is the path of the field at fault ("" for the whole message), `raw` the message as it came,
    `job_id` its job id where that at least could be read.
    """

    def __init__(self, field: str, problem: str, raw: bytes = b"", job_id: str | None = None) -> None:
        super().__init__(f"{field}: {problem}" if field else problem)
        self.field = field
        self.problem = problem
        self.raw = raw
        self.job_id = job_id


class ProtocolError(McpJobsError):
    """Raised when Kafka answers what the claim protocol can't continue from, e.g. a missing permission."""


class ServersError(McpJobsError):
    """Raised when the runner and the container that runs its servers can't work together."""


class LocalPlatformError(McpJobsError):
    """Raised when the embedded platform can't start or loses a part of it."""


class AllowError(McpJobsError):
    """Raised when the allow-list can't be read; names each rule at fault."""

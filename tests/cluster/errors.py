"""What goes wrong with a cluster."""


class ClusterError(Exception):
    """Raised when a cluster can't do what was asked. The message is for a person: what, and what to do."""

"""What the explorer looks for."""


class Violation(Exception):
    """Raised where the protocol breaks one of its promises. The message is a sentence."""

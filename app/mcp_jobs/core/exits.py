"""What a process's exit code tells the Job."""

from enum import IntEnum


class Exit(IntEnum):
    """A runner's exit codes."""

    DONE = 0  #: settled, or nothing to do
    RETRY = 1  #: nothing is lost; another attempt may succeed
    USAGE = 2  #: the settings are wrong
    FAILED = 42  #: settled as failed for good: the Job's podFailurePolicy ends it
    TERMINATED = 143  #: ended by SIGTERM; the claim stays for the next attempt

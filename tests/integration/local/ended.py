"""Waiting for the end of a process that needn't be our child."""

import os
import select


def ended(pid: int, seconds: float) -> bool:
    """Wait at most so many seconds for the end of a process, and say whether it came."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([process], [], [], seconds)[0])
    finally:
        os.close(process)

"""The one place that decides whether a message may have a server at all, before anything of it is started.

What a URL's host turns out to be is looked at where the connection is made (network.py).
"""

from mcp_jobs.adapters.mcp.fault import refused
from mcp_jobs.core.allow import Allow
from mcp_jobs.core.servers import Server


def admit(server: Server, allow: Allow) -> None:
    """Let `server` pass, its references already expanded.

    Raises:
        Fault: the message asks for what it may not have; it says which rule would allow it.
    """
    verdict = allow.judge(server)
    if not verdict.allowed:
        raise refused(verdict.reason)

"""A runner that kills itself with SIGKILL once its request number DOOM is done. Run as a script."""

import os
import signal
import sys
from itertools import count
from unittest.mock import patch

from mcp_jobs.adapters.kafka.session import Session
from mcp_jobs.core.requests import Answer, Request, Wait
from mcp_jobs.entrypoints.runner import main

_steps = count(1)


class DoomedSession(Session):
    """A session that ends the process after a request."""

    def execute(self, request: Request) -> Answer:
        """Execute, count, and die when the count is full."""
        answer = super().execute(request)
        if not isinstance(request, Wait) and next(_steps) == int(os.environ["DOOM"]):
            os.kill(os.getpid(), signal.SIGKILL)
        return answer


if __name__ == "__main__":
    with patch("mcp_jobs.entrypoints.runner.Session", DoomedSession):
        sys.exit(main())

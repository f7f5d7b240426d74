"""`mcp-jobs servers`: what runs beside the runner in a Job's pod, without its credentials.

Here the servers of a message run. What that takes is imported once the runner has found one: before, this
process would only be in its way, and with no message it has cost little.
"""

import socket

from mcp_jobs.adapters.handover.connector import connect
from mcp_jobs.core.errors import McpJobsError
from mcp_jobs.core.exits import Exit
from mcp_jobs.entrypoints.settings_error import SettingsError, read
from mcp_jobs.entrypoints.termination import Terminated, Termination
from mcp_jobs.settings import ServersSettings


def main() -> int:
    """Serve one runner until it has gone. The Job's fate hangs on the runner's exit code, not on this one."""
    termination = Termination()
    termination.install()
    try:
        settings = read(ServersSettings)
        if settings.socket is None:
            raise SettingsError("SERVERS_SOCKET is not set")
        connection = connect(settings.socket, termination.stop)
        if connection:
            _serve(connection, settings, termination)
        elif termination.stop.is_set():
            return Exit.TERMINATED
    except Terminated:
        return Exit.TERMINATED
    except McpJobsError as error:
        _say(str(error))
        return Exit.USAGE if isinstance(error, SettingsError) else Exit.RETRY
    return Exit.DONE


def _serve(connection: socket.socket, settings: ServersSettings, termination: Termination) -> None:
    from mcp_jobs import logs
    from mcp_jobs.adapters.handover.serve import serve
    from mcp_jobs.entrypoints.carry_out import carry_out

    logs.set_up(settings.log_format, settings.log_level)
    termination.run(lambda: serve(connection, lambda order: carry_out(order, settings)))


def _say(problem: str) -> None:
    from loguru import logger

    from mcp_jobs import logs

    logs.set_up()
    logger.error("{}", problem)

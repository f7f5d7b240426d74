"""`mcp-jobs servers`: what runs beside the runner in a Job's pod, without its credentials.

Here the servers of a message run. To import what that takes is a second of computing, which begins at once,
while the runner starts and claims.
"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

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
        return _serve(settings, settings.socket, termination)
    except Terminated:
        return Exit.TERMINATED
    except McpJobsError as error:
        _say(str(error))
        return Exit.USAGE if isinstance(error, SettingsError) else Exit.RETRY


def _serve(settings: ServersSettings, path: Path, termination: Termination) -> Exit:
    # The wait is in the other thread, not the import: the interpreter can't end while a module is being made.
    with ThreadPoolExecutor(1) as waiting:
        connecting = waiting.submit(connect, path, termination.stop)
        from mcp_jobs import logs
        from mcp_jobs.adapters.handover.serve import serve
        from mcp_jobs.entrypoints.carry_out import carry_out

        connection = connecting.result()
    if connection is None:
        return Exit.TERMINATED if termination.stop.is_set() else Exit.DONE
    logs.set_up(settings.log_format, settings.log_level)
    termination.run(lambda: serve(connection, lambda order: carry_out(order, settings)))
    return Exit.DONE


def _say(problem: str) -> None:
    from loguru import logger

    from mcp_jobs import logs

    logs.set_up()
    logger.error("{}", problem)

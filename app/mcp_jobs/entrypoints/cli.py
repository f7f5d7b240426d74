"""`mcp-jobs` for people: the command line's way in. The commands are declared in commands.py."""

import sys

from mcp_jobs import logs
from mcp_jobs.core.errors import McpJobsError

_USAGE = 2


def main() -> int:
    """Run a command and return its exit code. What goes wrong is told in one sentence."""
    logs.set_up("text", "WARNING")
    try:
        from mcp_jobs.entrypoints.commands import app
    except ModuleNotFoundError as error:
        if error.name not in ("typer", "rich"):
            raise
        return _without_typer()
    try:
        app(prog_name="mcp-jobs")
    except McpJobsError as error:
        return _complain(error)
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        print(f"mcp-jobs: {error}", file=sys.stderr)
        return 1
    return 0


def _without_typer() -> int:
    """An image for runners has no command line, and `init` needs none."""
    from mcp_jobs.entrypoints.init import main as init

    if sys.argv[1:] == ["init"]:
        try:
            return init()
        except McpJobsError as error:
            return _complain(error)
    print("mcp-jobs: the command line is not installed: `pip install 'mcp-jobs[local]'`", file=sys.stderr)
    return _USAGE


def _complain(error: McpJobsError) -> int:
    """Print the error; 2 where the caller's input or settings are at fault, else 1."""
    from mcp_jobs.entrypoints.files import InputError
    from mcp_jobs.entrypoints.settings_error import SettingsError

    print(f"mcp-jobs: {error}", file=sys.stderr)
    return _USAGE if isinstance(error, (InputError, SettingsError)) else 1

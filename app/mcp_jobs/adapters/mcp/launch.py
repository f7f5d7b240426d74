"""What exactly is started for a stdio server."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mcp_jobs.adapters.mcp.environment import environment
from mcp_jobs.adapters.mcp.fault import Fault, refused
from mcp_jobs.adapters.mcp.limits import Surroundings
from mcp_jobs.adapters.mcp.text import named
from mcp_jobs.core.failure import FailureClass
from mcp_jobs.core.servers import Server


@dataclass(frozen=True, kw_only=True, slots=True)
class Launch:
    """A process to start. `env` is all of its environment."""

    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: Path


def launch_of(server: Server, surroundings: Surroundings) -> Launch:
    """The process `server` describes.

    Raises:
        Fault: its envFile or cwd is out of bounds or not there.
    """
    argv = (server.command or "", *server.args)
    return Launch(argv=argv, env=environment(server, surroundings), cwd=_cwd(server.cwd, surroundings))


def _cwd(wish: str | None, surroundings: Surroundings) -> Path:
    if wish is None:
        return surroundings.work_dir
    root = surroundings.cwd_root or surroundings.work_dir
    try:
        found = Path(os.path.realpath(surroundings.work_dir / wish))
        if not found.is_relative_to(os.path.realpath(root)):
            raise refused(f"has cwd {named(wish)}, which is not in the directory {root}")
        if found.is_dir():
            return found
    except (OSError, ValueError):
        pass  # a loop of links, a name too long, a NUL: no directory either
    raise Fault(
        FailureClass.SPAWN,
        f"has cwd {named(wish)}, which is no directory in {root}: create it first",
        retriable=False,
    )

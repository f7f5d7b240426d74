"""A server's environment, built from nothing."""

import os
import stat
from io import StringIO
from pathlib import Path

from dotenv import dotenv_values

from mcp_jobs.adapters.mcp.fault import refused
from mcp_jobs.adapters.mcp.limits import Surroundings
from mcp_jobs.adapters.mcp.text import named
from mcp_jobs.core.servers import Server

ENV_FILE_BYTES = 256 * 1024  #: the longest envFile that is read


def environment(server: Server, surroundings: Surroundings) -> dict[str, str]:
    """The variables of `server`'s process: the base, then its envFile, then its own env.

    Raises:
        Fault: the envFile is out of bounds or can't be read.
    """
    env = dict(surroundings.base_env)
    if server.env_file is not None:
        env |= _read(server.env_file, surroundings.env_file_root)
    return env | dict(server.env)


def _read(name: str, root: Path) -> dict[str, str]:
    try:
        data = _contents(_locate(name, root), name)
        values = dotenv_values(stream=StringIO(data.decode("utf-8-sig")), interpolate=False)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name, or not UTF-8
        # Its own words could quote the content, which is secret: only the system's reason is given.
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a UTF-8 text file"
        raise refused(f"names envFile {named(name)}, which can't be read under {root}: {reason}") from None
    return {key: value for key, value in values.items() if value is not None}


def _locate(name: str, root: Path) -> Path:
    """The file meant by `name`, links followed: Kubernetes mounts Secrets as links within the root."""
    wish = Path(name)
    top = os.path.realpath(root, strict=True)  # pathlib's own way raises RuntimeError at a loop of links
    if ".." in wish.parts:
        raise refused(f"names envFile {named(name)}: '..' is not allowed there")
    if wish.is_absolute() and not wish.is_relative_to(root) and not wish.is_relative_to(top):
        raise refused(f"names envFile {named(name)}, which is not under {root}")
    found = Path(os.path.realpath(root / wish, strict=True))
    if not found.is_relative_to(top):
        raise refused(f"names envFile {named(name)}, which leads out of {root}")
    return found


def _contents(path: Path, name: str) -> bytes:
    # O_NONBLOCK: opening a named pipe would otherwise wait for its writer.
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(fd, "rb") as file:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise refused(f"names envFile {named(name)}, which is not a regular file")
        data = file.read(ENV_FILE_BYTES + 1)
    if len(data) > ENV_FILE_BYTES:
        raise refused(f"names envFile {named(name)}, which is longer than {ENV_FILE_BYTES} bytes")
    return data

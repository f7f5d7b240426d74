"""A server's environment, built from nothing."""

from io import StringIO

from dotenv import dotenv_values

from mcp_jobs.adapters.mcp.limits import Surroundings
from mcp_jobs.adapters.mcp.secret_files import secret_text
from mcp_jobs.core.servers import Server


def environment(server: Server, surroundings: Surroundings) -> dict[str, str]:
    """The variables of `server`'s process: the base, then its envFile, then its own env.

    Raises:
        Fault: the envFile is out of bounds or can't be read.
    """
    return {**surroundings.base_env, **env_file(server, surroundings), **server.env}


def env_file(server: Server, surroundings: Surroundings) -> dict[str, str]:
    """What is set in the envFile of `server`, as it stands there: nothing in it is expanded.

    Raises:
        Fault: the envFile is out of bounds or can't be read.
    """
    if server.env_file is None:
        return {}
    text = secret_text("envFile", server.env_file, surroundings.env_file_root)
    values = dotenv_values(stream=StringIO(text), interpolate=False)
    return {key: value for key, value in values.items() if value is not None}

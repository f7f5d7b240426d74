"""Settings that can't be read, told as sentences that name the variable."""

from typing import TypeVar

from pydantic import ValidationError
from pydantic_settings import BaseSettings

from mcp_jobs.core.errors import McpJobsError

S = TypeVar("S", bound=BaseSettings)


class SettingsError(McpJobsError):
    """Raised when the environment does not make valid settings."""


def read(kind: type[S]) -> S:
    """The settings of the environment. Raises SettingsError naming each variable at fault."""
    try:
        return kind()
    except ValidationError as error:
        prefix = kind.model_config.get("env_prefix", "")
        problems = []
        for problem in error.errors(include_url=False, include_input=False):
            name = prefix + "_".join(str(part) for part in problem["loc"]).upper()
            what = (
                "is not set" if problem["type"] == "missing" else problem["msg"].removeprefix("Value error, ")
            )
            problems.append(f"{name} {what}" if problem["loc"] else what)
        raise SettingsError("; ".join(problems)) from error

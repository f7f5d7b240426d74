"""An entry with the values it asks for; from then on all its secrets are hidden."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mcp_jobs.adapters.mcp.environment import env_file
from mcp_jobs.adapters.mcp.fault import refused
from mcp_jobs.adapters.mcp.limits import Surroundings
from mcp_jobs.core.expand import ExpansionError, Values, expanded, used_values
from mcp_jobs.core.failure import Failure
from mcp_jobs.core.redact import hide, redacted, redacted_json
from mcp_jobs.core.report import WorkReport
from mcp_jobs.core.secret_places import credentials, is_secret_name, secrets_of
from mcp_jobs.core.servers import Server


def prepared(server: Server, surroundings: Surroundings) -> Server:
    """The entry with its references replaced, and its secrets hidden before anything of it is started.

    Raises:
        Fault: its envFile can't be read, or a value is missing.
    """
    file = env_file(server, surroundings)
    values = Values(file, surroundings.expand)
    for value in (*file.values(), *used_values(server, values)):
        hide(*credentials(value))
    try:
        ready = expanded(server, values)
    except ExpansionError as error:
        raise refused(str(error)) from None
    hide(*secrets_of(ready))
    return ready


def hide_inherited(surroundings: Surroundings) -> None:
    """Hide what servers get of this process's own environment under the name of a secret."""
    for name, value in surroundings.base_env.items():
        if is_secret_name(name):
            hide(*credentials(value))


def redacted_report(report: WorkReport) -> WorkReport:
    """The report as it may leave this process."""
    return WorkReport(
        servers=tuple(
            replace(server, details=_members(server.details), failure=_redacted(server.failure))
            for server in report.servers
        ),
        calls=tuple(
            replace(call, result=_members(call.result), failure=_redacted(call.failure))
            for call in report.calls
        ),
        failure=_redacted(report.failure),
    )


def redacted_members(value: Mapping[str, Any]) -> dict[str, Any]:
    """A JSON object whose own keys are given by a format, so that they stay."""
    return {key: redacted_json(member) for key, member in value.items()}


def _members(value: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if value is None else redacted_members(value)


def _redacted(failure: Failure | None) -> Failure | None:
    return None if failure is None else replace(failure, message=redacted(failure.message))

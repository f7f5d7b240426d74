"""A server entry of the envelope, in the forms people already have in their MCP clients' files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Transport(StrEnum):
    """How a server is spoken to."""

    STDIO = "stdio"
    STREAMABLE_HTTP = "streamable-http"
    SSE = "sse"


@dataclass(frozen=True, kw_only=True, slots=True)
class Server:
    """One server. `command` is set for stdio, `url` for the others. Names of tools are exact."""

    name: str
    transport: Transport
    command: str | None = None
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    env_file: str | None = None
    cwd: str | None = None
    url: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    timeout_seconds: float | None = None
    disabled: bool = False
    optional: bool = False
    include_tools: tuple[str, ...] | None = None
    exclude_tools: tuple[str, ...] = ()

    def allows(self, tool: str) -> bool:
        """Whether a tool may be called. Exclusion wins over inclusion."""
        included = self.include_tools is None or tool in self.include_tools
        return included and tool not in self.exclude_tools

"""A server entry of the envelope, in the forms people already have in their MCP clients' files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Transport(StrEnum):
    """How a server is spoken to."""

    STDIO = "stdio"
    STREAMABLE_HTTP = "streamable-http"
    SSE = "sse"


@dataclass(frozen=True, slots=True)
class TokenFile:
    """A bearer token in a file of a mounted Secret, `<secret>/<key>`, read anew for each request."""

    path: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ClientCredentials:
    """OAuth without a person: client credentials (RFC 6749, section 4.4).

    `issuer` is the authorization server that gave them out, and the only one that gets them. They stand in
    files of a mounted Secret, `<secret>/<key>`, or are references: the secret itself is never in a message.
    """

    issuer: str
    client_id: str = ""
    client_id_file: str | None = None
    client_secret: str = ""
    client_secret_file: str | None = None
    scopes: tuple[str, ...] = ()
    in_body: bool = False  #: client_secret_post instead of client_secret_basic


Auth = TokenFile | ClientCredentials


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
    auth: Auth | None = None
    timeout_seconds: float | None = None
    disabled: bool = False
    optional: bool = False
    include_tools: tuple[str, ...] | None = None
    exclude_tools: tuple[str, ...] = ()

    def allows(self, tool: str) -> bool:
        """Whether a tool may be called. Exclusion wins over inclusion."""
        included = self.include_tools is None or tool in self.include_tools
        return included and tool not in self.exclude_tools

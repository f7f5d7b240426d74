"""`${VAR}` in a server entry, as people write it for Claude Code, Cursor and VS Code.

Expanded are args, env, url, headers and auth: once, so that what a value holds is never looked at again.
`${VAR:-default}` is the default where VAR is not set or empty, `${env:VAR}` is `${VAR}`, `$${` is `${`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from mcp_jobs.core.errors import McpJobsError
from mcp_jobs.core.fields import quoted
from mcp_jobs.core.secret_places import is_secret_name
from mcp_jobs.core.servers import ClientCredentials, Server

_REFERENCE = re.compile(r"\$\$\{|\$\{(?:env:)?(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\}")


class ExpansionError(McpJobsError):
    """Raised when an entry asks for a value it can't have. Completes a sentence on the server."""


@dataclass(frozen=True, slots=True)
class Values:
    """What may be asked for: `file` is the server's own envFile, `allowed` is what anybody may have."""

    file: Mapping[str, str]
    allowed: Mapping[str, str]

    def find(self, name: str) -> str | None:
        """The value of a name; the envFile goes first."""
        return self.file.get(name, self.allowed.get(name))


def expanded(server: Server, values: Values) -> Server:
    """The entry with its references replaced.

    Raises:
        ExpansionError: a name has no value here, or stands where it would be seen.
    """
    for field, text in (("command", server.command), ("cwd", server.cwd), ("envFile", server.env_file)):
        for name in references(text or ""):
            raise ExpansionError(
                f"has ${{{name}}} in {field}, where nothing is expanded: write it out; "
                "args, env, url and headers are expanded"
            )
    auth = server.auth
    if isinstance(auth, ClientCredentials):
        auth = replace(
            auth,
            client_id=_expand(auth.client_id, values, "auth.clientId"),
            client_secret=_expand(auth.client_secret, values, "auth.clientSecret"),
        )
    return replace(
        server,
        args=tuple(_expand_arg(arg, values, f"args[{index}]") for index, arg in enumerate(server.args)),
        env={name: _expand(text, values, f"env.{name}") for name, text in server.env.items()},
        url=None if server.url is None else _expand(server.url, values, "url"),
        headers={name: _expand(text, values, f"headers.{name}") for name, text in server.headers.items()},
        auth=auth,
    )


def references(text: str) -> Iterator[str]:
    """The names that a text refers to."""
    yield from (match["name"] for match in _REFERENCE.finditer(text) if match["name"])


def used_values(server: Server, values: Values) -> Iterator[str]:
    """The values that an entry (not yet expanded) gets in places that nobody sees."""
    auth = server.auth
    texts = [*server.env.values(), *server.headers.values(), server.url or ""]
    if isinstance(auth, ClientCredentials):
        texts += auth.client_id, auth.client_secret
    for text in texts:
        yield from filter(None, map(values.find, references(text)))


def _expand(text: str, values: Values, place: str) -> str:
    def value(match: re.Match[str]) -> str:
        name, default = match["name"], match["default"]
        if name is None:
            return "${"
        found = values.find(name)
        if default is not None:
            return found or default
        if found is None:
            raise ExpansionError(
                f"needs ${{{name}}} for {_short(place)}, which is not set: put {name} into the server's "
                "envFile, or name it in runner.expand and set it in the container's environment"
            )
        return found

    return _REFERENCE.sub(value, text)


def _expand_arg(text: str, values: Values, place: str) -> str:
    """Every process beside a server can read its arguments: no secret gets there."""
    for name in references(text):
        if name in values.file or (name in values.allowed and is_secret_name(name)):
            raise ExpansionError(
                f"has the secret ${{{name}}} in {place}, where every process can read it: "
                "hand it over in env, or in headers"
            )
    return _expand(text, values, place)


def _short(place: str) -> str:
    return place if place.isprintable() and len(place) <= 100 else quoted(place, limit=100)

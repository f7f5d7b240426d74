"""Reads server entries as Claude Desktop, VS Code, Cursor, Gemini CLI and others keep them in their files."""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from mcp_jobs.core.auth_entry import read_auth
from mcp_jobs.core.errors import EnvelopeError
from mcp_jobs.core.fields import Field, Fields, Notes, agreed, quoted
from mcp_jobs.core.servers import Auth, Server, Transport
from mcp_jobs.core.timeouts import read_timeout

MAX_SERVERS = 64
#: characters
MAX_NAME = 128

_TRANSPORTS = {
    "stdio": Transport.STDIO,
    "http": Transport.STREAMABLE_HTTP,
    "streamablehttp": Transport.STREAMABLE_HTTP,
    "sse": Transport.SSE,
}
#: what VS Code asks a person for, or knows from an open window
_INTERACTIVE = re.compile(
    r"\$\{(?:(?:input|command|config):[A-Za-z_][^}]{0,99}|workspaceFolder(?:Basename|:[^}]{0,99})?|userHome)\}"
)
#: how Gemini CLI takes variables, which can't be told from a text with a dollar
_BARE_VARIABLE = re.compile(r"\$[A-Z_][A-Z0-9_]*")
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


def looks_like_server(value: Any) -> bool:
    """Whether a value says how to reach a server, so that a map of such values is a map of servers."""
    return isinstance(value, dict) and not value.keys().isdisjoint(("command", "url", "httpUrl", "serverUrl"))


def read_servers(field: Field, notes: Notes) -> tuple[Server, ...]:
    """The servers of a map from name to entry."""
    entries = field.members()
    if not 1 <= len(entries) <= MAX_SERVERS:
        raise EnvelopeError(field.path, f"expected 1 to {MAX_SERVERS} servers, found {len(entries)}")
    for name in entries:
        if not name.strip() or not name.isprintable() or len(name) > MAX_NAME:
            problem = f"expected server names of 1 to {MAX_NAME} printable characters, found {quoted(name)}"
            raise EnvelopeError(field.path, problem)
    return tuple(_read_server(name, entry, notes) for name, entry in entries.items())


def _read_server(name: str, field: Field, notes: Notes) -> Server:
    entry = Fields(field)
    transport, command, url = _target(entry, notes)
    include = entry.take("includeTools", "allowedTools", "allowed_tools", "enabledTools", "enabled_tools")
    server = Server(
        name=name,
        transport=transport,
        command=command,
        args=tuple(_text(item, lines=True) for item in entry.take("args").items()),
        env=_env(entry.take("env"), notes),
        env_file=_path(entry.take("envFile")),
        cwd=_path(entry.take("cwd")),
        url=url,
        headers=_headers(entry.take("headers"), notes),
        auth=_auth(entry, transport, notes),
        timeout_seconds=read_timeout(entry.take("timeout"), notes),
        disabled=_disabled(entry.take("disabled"), entry.take("enabled")),
        optional=entry.take("optional").flag(),
        include_tools=_tools(include) if include.given else None,
        exclude_tools=_tools(entry.take("excludeTools", "disabledTools", "disabled_tools")),
    )
    notes.keep_rest(entry)
    return server


def _target(entry: Fields, notes: Notes) -> tuple[Transport, str | None, str | None]:
    """The transport with its command or its URL."""
    command = entry.take("command")
    http_url = entry.take("httpUrl")
    url = agreed(entry.take("url", "serverUrl"), http_url)
    if not command.given and not url.given:
        raise EnvelopeError(entry.path, "expected command or url, found neither")
    transport = _stated(entry) or _inferred(entry.path, command, url, http_url)
    ignored = url if transport is Transport.STDIO else command
    if ignored.given:
        notes.warnings.append(f"{ignored.path} was ignored, as the type is {transport}")
    if transport is Transport.STDIO:
        return transport, _name(command.required(f"a command, as the type is {transport}")), None
    return transport, None, _url(url.required(f"a URL, as the type is {transport}"))


def _auth(entry: Fields, transport: Transport, notes: Notes) -> Auth | None:
    auth, oauth = entry.take("auth"), entry.take("oauth")
    if transport is Transport.STDIO:
        for field in filter(lambda field: field.given, (auth, oauth)):
            notes.warnings.append(f"{field.path} was ignored, as the type is {transport}")
        return None
    return read_auth(auth, oauth, notes)


def _warn_of_bare_variables(fields: Iterable[Field], notes: Notes) -> None:
    for field in fields:
        if isinstance(field.value, str) and _BARE_VARIABLE.fullmatch(field.value):
            notes.warnings.append(f"{field.path} is taken as it stands: a variable is written ${{NAME}}")


def _stated(entry: Fields) -> Transport | None:
    stated = [_transport(field) for field in (entry.take("type"), entry.take("transport")) if field.given]
    if len(set(stated)) > 1:
        raise EnvelopeError(entry.path, f"expected one type, found {' and '.join(stated)}")
    return stated[0] if stated else None


def _transport(field: Field) -> Transport:
    name = field.text()
    transport = _TRANSPORTS.get(re.sub(r"[-_]", "", name.lower()))
    if transport is None:
        raise EnvelopeError(field.path, f"expected stdio, http, streamable-http or sse, found {quoted(name)}")
    return transport


def _inferred(path: str, command: Field, url: Field, http_url: Field) -> Transport:
    if command.given and url.given:
        raise EnvelopeError(path, "expected command or url, or a type that decides, found both")
    if command.given:
        return Transport.STDIO
    # Gemini CLI keeps SSE for `url`; its `httpUrl` is streamable HTTP whatever the path.
    if not http_url.given and url.text().split("?")[0].rstrip("/").endswith("/sse"):
        return Transport.SSE
    return Transport.STREAMABLE_HTTP


def _text(field: Field, *, lines: bool = False) -> str:
    text = field.text(lines=lines)
    variable = _INTERACTIVE.search(text)
    if variable:
        problem = f"expected a value, found {quoted(variable.group())}, which only an editor can fill in: "
        problem += "write ${NAME}, and put NAME into the server's envFile"
        raise EnvelopeError(field.path, problem)
    return text


def _name(field: Field) -> str:
    field.name()
    return _text(field)


def _path(field: Field) -> str | None:
    return _name(field) if field.given else None


def _tools(field: Field) -> tuple[str, ...]:
    return tuple(item.name() for item in field.items())


def _url(field: Field) -> str:
    url = _text(field)
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    # A variable is left as it is, wherever it stands; what replaces it is not known here.
    if " " in url or not (usable or "${" in url):
        raise field.refuse("an http:// or https:// URL")
    return url


def _env(field: Field, notes: Notes) -> dict[str, str]:
    for position, name in enumerate(field.members()):
        # Not shown: who writes NAME=value as a name has put the value there, too.
        if not name or "=" in name or not name.isprintable():
            problem = f'expected printable names without "=", found another one at position {position}'
            raise EnvelopeError(field.path, problem)
    _warn_of_bare_variables(field.members().values(), notes)
    return {name: _value(member, lines=True) for name, member in field.members().items()}


def _headers(field: Field, notes: Notes) -> dict[str, str]:
    for position, name in enumerate(field.members()):
        if not _HEADER_NAME.fullmatch(name):
            problem = f"expected names of HTTP headers, found something else at position {position}"
            raise EnvelopeError(field.path, problem)
    _warn_of_bare_variables(field.members().values(), notes)
    return {name: _header_value(member) for name, member in field.members().items()}


def _header_value(field: Field) -> str:
    value = _value(field, lines=False)
    if not value.isascii():
        raise EnvelopeError(field.path, "expected ASCII characters only, found others")
    return value.strip()


def _value(field: Field, *, lines: bool) -> str:
    """The value of a variable or header. It may be a secret, so that no refusal shows it."""
    match field.value:
        case bool():
            return str(field.value).lower()
        case int() | float():
            return str(field.value)
        case str():
            return _text(field, lines=lines)
        case None:
            raise EnvelopeError(field.path, "expected a string, found null")
    raise field.refuse("a string")


def _disabled(disabled: Field, enabled: Field) -> bool:
    off = not enabled.flag() if enabled.given else disabled.flag()
    if disabled.given and disabled.flag() is not off:
        raise EnvelopeError(disabled.path, f"expected the opposite of {enabled.path}, found the same")
    return off

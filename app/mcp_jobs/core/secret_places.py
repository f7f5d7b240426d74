"""Where a server entry holds secrets, though nothing says that they are some."""

import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from urllib.parse import parse_qsl, unquote, urlsplit

from mcp_jobs.core.servers import Server

#: names of variables, headers, options and query fields whose values are secrets; authors are none
_NAME = re.compile(
    r"TOKEN|SECRET|PASS|[_-]PWD|KEY|AUTH(?!OR(?!I))|CREDENTIAL|COOKIE|SESSION|PRIVATE|SIGNATURE|[_-]PAT\Z|DSN",
    re.IGNORECASE,
)
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}://[^\s\"'<>]+")
_OPTION = re.compile(r"(?P<name>[A-Za-z0-9_-]+)\s*[=:]\s*(?P<value>.+)", re.DOTALL)
#: of the header Authorization
_SCHEMES = ("basic", "bearer", "token", "apikey", "api-key", "key", "digest")
#: characters; a part of a URL's path or query that is longer may be a key
_LONG = 20


def is_secret_name(name: str) -> bool:
    """Whether the value of a variable, header or option of this name is a secret."""
    return _NAME.search(name) is not None


def secrets_of(server: Server) -> Iterator[str]:
    """The values of an entry that must not be seen."""
    for name, value in server.env.items():
        yield from secrets_in(value)
        if is_secret_name(name):
            yield from credentials(value)
    for name, value in server.headers.items():
        yield from secrets_in(value)
        if is_secret_name(name):
            yield from credentials(value)
    yield from secrets_in(server.url or "", own=True)
    yield from _in_args(server.args)


def credentials(value: str) -> Iterator[str]:
    """A secret value, and what makes it one: the token behind `Bearer`, the password behind `Basic`."""
    yield value
    yield from secrets_in(value)
    scheme, _, rest = value.partition(" ")
    if not rest or scheme.lower() not in _SCHEMES:
        return
    yield rest
    if scheme.lower() == "basic":
        try:
            yield base64.b64decode(rest, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return


def secrets_in(text: str, *, own: bool = False) -> Iterator[str]:
    """The secrets in the URLs of a text: user and password, keys in the query.

    In a server's own URL long values in query and path count, too: many services keep a key there.
    """
    for match in _URL.finditer(text):
        try:
            parts = urlsplit(match.group())
        except ValueError:
            continue
        for secret in (parts.username, parts.password):
            if secret:
                yield from (secret, unquote(secret))
        for name, value in parse_qsl(parts.query):
            if is_secret_name(name) or (own and _looks_like_key(value)):
                yield value
        if own:
            yield from filter(_looks_like_key, parts.path.split("/"))


def _looks_like_key(text: str) -> bool:
    return len(text) >= _LONG and any(char.isdigit() for char in text)


def _in_args(args: Sequence[str]) -> Iterator[str]:
    """`--token x`, `--token=x`, `TOKEN=x`, `Authorization: Bearer x`."""
    awaited = False
    for arg in args:
        yield from secrets_in(arg)
        option = _OPTION.fullmatch(arg)
        if awaited:
            yield from credentials(arg)
        if option and is_secret_name(option["name"]):
            yield from credentials(option["value"])
        awaited = not option and arg.startswith("-") and is_secret_name(arg)

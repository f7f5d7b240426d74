"""Reads how a server over HTTP is logged in to: `auth`, or `oauth` as Gemini CLI and Claude Code call it."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from mcp_jobs.core.errors import EnvelopeError
from mcp_jobs.core.fields import Field, Fields, Notes, quoted
from mcp_jobs.core.servers import Auth, ClientCredentials, TokenFile

_REFERENCE_ONLY = re.compile(r"\$\{[^}]+\}")
_OAUTH = ("oauth", "oauth2", "clientcredentials")
_METHODS = {"client_secret_basic": False, "client_secret_post": True}


def read_auth(auth: Field, oauth: Field, notes: Notes) -> Auth | None:
    """The login of an entry; None where it has none."""
    if auth.given and oauth.given:
        raise EnvelopeError(auth.path, f"expected auth or {oauth.path}, found both")
    field = auth if auth.given else oauth
    if not field.given:
        return None
    if isinstance(field.value, str):
        raise field.refuse('an object such as {"type": "bearer", "tokenFile": "<secret>/<key>"}')
    fields = Fields(field)
    switch = fields.take("enabled")
    if switch.given and not switch.flag():
        return None
    read = _read_oauth if oauth.given else _reader(fields.take("type"))
    found = read(fields)
    notes.keep_rest(fields)
    return found


def _reader(field: Field) -> Callable[[Fields], Auth]:
    name = field.required("oauth or bearer").text()
    plain = re.sub(r"[-_]", "", name.lower())
    if plain in _OAUTH:
        return _read_oauth
    if plain == "bearer":
        return _read_bearer
    raise EnvelopeError(field.path, f"expected oauth or bearer, found {quoted(name)}")


def _read_bearer(fields: Fields) -> Auth:
    return TokenFile(fields.take("tokenFile").required("<secret>/<key>, a file with the token").name())


def _read_oauth(fields: Fields) -> Auth:
    fields.take("type")
    client_id, id_file = fields.take("clientId", "client_id", "CLIENT_ID"), fields.take("clientIdFile")
    secret, secret_file = _secret(fields), fields.take("clientSecretFile")
    for name, inline, file in (("clientId", client_id, id_file), ("clientSecret", secret, secret_file)):
        if inline.given is file.given:
            found = "both" if file.given else "neither: without a person, a login needs them"
            raise EnvelopeError(fields.path, f"expected {name}File or {name}, found {found}")
    return ClientCredentials(
        issuer=_issuer(fields.take("issuer")),
        client_id=client_id.name() if client_id.given else "",
        client_id_file=id_file.name() if id_file.given else None,
        client_secret=secret.text() if secret.given else "",
        client_secret_file=secret_file.name() if secret_file.given else None,
        scopes=_scopes(fields.take("scopes", "scope")),
        in_body=_in_body(fields.take("tokenEndpointAuthMethod")),
    )


def _secret(fields: Fields) -> Field:
    field = fields.take("clientSecret", "client_secret", "CLIENT_SECRET")
    if field.given and not _REFERENCE_ONLY.fullmatch(field.text()):
        problem = (
            'expected a reference such as "${CLIENT_SECRET}", or clientSecretFile, found the secret itself'
        )
        raise EnvelopeError(field.path, f"{problem}: it has no place in a message")
    return field


def _issuer(field: Field) -> str:
    expected = "the URL of the authorization server that issued clientId: the secret is sent to no other"
    text = field.required(expected).text()
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and parts.hostname
    except ValueError:
        usable = False
    if not usable:
        raise field.refuse(expected)
    return text


def _scopes(field: Field) -> tuple[str, ...]:
    if isinstance(field.value, str):
        return tuple(field.text().split())
    return tuple(item.name() for item in field.items())


def _in_body(field: Field) -> bool:
    name = field.text() if field.given else "client_secret_basic"
    if name not in _METHODS:
        raise EnvelopeError(field.path, f"expected {' or '.join(_METHODS)}, found {quoted(name)}")
    return _METHODS[name]

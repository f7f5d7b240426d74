"""The login of an entry."""

import json
from typing import Any

import pytest

from corpus import entry
from mcp_jobs.core.envelope import Envelope, decode
from mcp_jobs.core.errors import EnvelopeError
from mcp_jobs.core.servers import Auth, ClientCredentials, TokenFile

ISSUER = "https://auth.example.com"
FILES = {"issuer": ISSUER, "clientIdFile": "acme/id", "clientSecretFile": "acme/secret"}


def read(**fields: Any) -> Envelope:
    return decode(entry(url="https://h/mcp", **fields))


def login(**fields: Any) -> Auth | None:
    return read(**fields).servers[0].auth


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, None),
        ({"auth": None, "oauth": None}, None),
        ({"auth": {"type": "bearer", "tokenFile": "acme/token"}}, TokenFile("acme/token")),
        (
            {"auth": {"type": "oauth", **FILES}},
            ClientCredentials(issuer=ISSUER, client_id_file="acme/id", client_secret_file="acme/secret"),
        ),
        (
            {
                "oauth": {
                    "enabled": True,
                    "issuer": ISSUER,
                    "clientId": "app",
                    "clientSecret": "${S}",
                    "scopes": ["a"],
                }
            },
            ClientCredentials(issuer=ISSUER, client_id="app", client_secret="${S}", scopes=("a",)),
        ),
        (
            {
                "auth": {
                    "type": "client_credentials",
                    **FILES,
                    "scope": "a b",
                    "tokenEndpointAuthMethod": "client_secret_post",
                }
            },
            ClientCredentials(
                issuer=ISSUER,
                client_id_file="acme/id",
                client_secret_file="acme/secret",
                scopes=("a", "b"),
                in_body=True,
            ),
        ),
        ({"oauth": {"enabled": False, "clientId": "app"}}, None),
    ],
)
def test_a_login_is_read(fields: dict[str, Any], expected: Auth | None) -> None:
    assert login(**fields) == expected


def test_what_a_login_has_besides_is_told() -> None:
    envelope = read(oauth={**FILES, "callbackPort": 8080})
    assert list(envelope.unknown_fields) == ["payload.mcpServers.s.oauth.callbackPort"]


def test_a_process_needs_no_login() -> None:
    envelope = decode(entry(command="npx", auth="s3cret", oauth={"clientSecret": "s3cret"}))
    assert envelope.servers[0].auth is None
    assert [warning.partition(" was ignored")[0] for warning in envelope.warnings] == [
        "payload.mcpServers.s.auth",
        "payload.mcpServers.s.oauth",
    ]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"auth": "s3cret"}, "s.auth: expected an object such as"),
        ({"auth": {}}, "s.auth.type: expected oauth or bearer, found nothing"),
        ({"auth": {"type": "google"}}, "s.auth.type: expected oauth or bearer, found 'google'"),
        ({"auth": {"type": "bearer"}}, "s.auth.tokenFile: expected <secret>/<key>"),
        (
            {"auth": {"type": "oauth", **FILES}, "oauth": FILES},
            "s.auth: expected auth or payload.mcpServers.s.oauth",
        ),
        (
            {"oauth": {"clientId": "app"}},
            "expected clientSecretFile or clientSecret, found neither: without a person",
        ),
        ({"oauth": {**FILES, "clientId": "app"}}, "expected clientIdFile or clientId, found both"),
        (
            {"oauth": {"issuer": ISSUER, "clientId": "app", "clientSecret": "s3cret"}},
            's.oauth.clientSecret: expected a reference such as "${CLIENT_SECRET}", or clientSecretFile',
        ),
        (
            {"oauth": {**FILES, "issuer": None}},
            "s.oauth.issuer: expected the URL of the authorization server",
        ),
        ({"oauth": {**FILES, "issuer": "auth"}}, "s.oauth.issuer: expected the URL"),
        (
            {"oauth": {**FILES, "tokenEndpointAuthMethod": "tls"}},
            "expected client_secret_basic or client_secret_post",
        ),
    ],
)
def test_a_login_that_nobody_could_make_is_refused(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(EnvelopeError) as caught:
        read(**fields)
    assert words in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_variables_as_gemini_cli_writes_them_get_a_warning() -> None:
    envelope = read(headers={"Authorization": "$TOKEN", "X": "pa$WORD"})
    assert envelope.warnings == (
        "payload.mcpServers.s.headers.Authorization is taken as it stands: a variable is written ${NAME}",
    )
    assert "$TOKEN" not in json.dumps(envelope.warnings)

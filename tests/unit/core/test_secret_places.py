"""Which parts of an entry are secrets, though nothing says so."""

import base64
from typing import Any

import pytest

from mcp_jobs.core.secret_places import is_secret_name, secrets_of
from mcp_jobs.core.servers import Server, Transport


def secrets(**fields: Any) -> set[str]:
    return set(secrets_of(Server(name="s", transport=Transport.STDIO, **fields)))


@pytest.mark.parametrize(
    "name",
    [
        "GITHUB_TOKEN",
        "apiKey",
        "X-Api-Key",
        "DB_PASSWORD",
        "PGPASS",
        "Authorization",
        "Cookie",
        "GITLAB_PAT",
        "DB_PWD",
    ],
)
def test_names_of_secrets_are_known(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize("name", ["PATH", "LANG", "PWD", "GIT_AUTHOR_NAME", "PATTERN", "REGION", "Accept"])
def test_other_names_are_not(name: str) -> None:
    assert not is_secret_name(name)


def test_a_variable_counts_by_its_name_and_a_password_in_any_url() -> None:
    env = {"TOKEN": "t-secret", "LANG": "C.UTF-8", "DATABASE_URL": "postgres://me:p%40ss@db/x"}
    assert secrets(env=env) == {"t-secret", "me", "p%40ss", "p@ss"}


def test_of_a_header_the_token_behind_its_scheme_counts() -> None:
    basic = base64.b64encode(b"user:pass-word").decode()
    found = secrets(
        headers={"Authorization": f"Basic {basic}", "X-Api-Key": "k-secret", "Accept": "text/html"}
    )
    assert found == {f"Basic {basic}", basic, "pass-word", "k-secret"}
    assert "t-secret" in secrets(headers={"authorization": "Bearer t-secret"})


def test_of_a_url_user_and_keys_count() -> None:
    url = "https://user:pass-word@h/api/0123456789abcdefghij/mcp?token=t-secret&v=2&k=k0123456789abcdefghij"
    assert secrets(url=url) == {
        "user",
        "pass-word",
        "0123456789abcdefghij",
        "t-secret",
        "k0123456789abcdefghij",
    }


@pytest.mark.parametrize(
    "args",
    [
        ("--api-key", "s-secret"),
        ("--api-key=s-secret",),
        ("-e", "API_KEY=s-secret"),
        ("--auth", "Bearer s-secret"),
    ],
)
def test_of_arguments_those_of_secret_options_count(args: tuple[str, ...]) -> None:
    assert "s-secret" in secrets(args=("run", *args, "--verbose", "plain"))
    assert not secrets(args=args) & {"run", "plain", "--verbose"}


def test_a_header_in_an_argument_counts() -> None:
    assert "s-secret" in secrets(
        args=("mcp-remote", "https://h/", "--header", "Authorization: Bearer s-secret")
    )

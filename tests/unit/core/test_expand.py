"""References in server entries: where they are expanded, from what, and what is refused."""

from typing import Any

import pytest

from mcp_jobs.core.expand import ExpansionError, Values, expanded, used_values
from mcp_jobs.core.servers import ClientCredentials, Server, Transport

VALUES = Values(
    file={"TOKEN": "from-file", "BOTH": "of-file", "EMPTY": "", "ODD": "${TOKEN} $${x} }"},
    allowed={"REGION": "eu-1", "BOTH": "of-container", "API_KEY": "k-123456"},
)


def server(**fields: Any) -> Server:
    return Server(name="s", transport=Transport.STDIO, command="c", **fields)


def env(text: str) -> str:
    """What a variable with this text becomes."""
    return expanded(server(env={"X": text}), VALUES).env["X"]


def refusal(**fields: Any) -> str:
    with pytest.raises(ExpansionError) as caught:
        expanded(server(**fields), VALUES)
    words = str(caught.value)
    assert not any(value and value in words for value in (*VALUES.file.values(), *VALUES.allowed.values()))
    return words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${TOKEN}", "from-file"),
        ("${env:TOKEN}", "from-file"),
        ("Bearer ${TOKEN}, ${REGION}", "Bearer from-file, eu-1"),
        ("${BOTH}", "of-file"),
        ("${EMPTY}", ""),
        ("${EMPTY:-x}", "x"),
        ("${NONE:-x y}", "x y"),
        ("${NONE:-}", ""),
        ("${TOKEN:-x}", "from-file"),
        ("${env:-x}", "x"),
        ("$${TOKEN}", "${TOKEN}"),
        ("$$${TOKEN}", "$${TOKEN}"),
        ("$TOKEN $$ ${} ${1} ${A-B} ${TOKEN", "$TOKEN $$ ${} ${1} ${A-B} ${TOKEN"),
    ],
)
def test_references_are_replaced_and_all_else_stays(text: str, expected: str) -> None:
    assert env(text) == expected


def test_what_a_value_holds_is_not_expanded_again() -> None:
    assert env("${ODD}") == "${TOKEN} $${x} }"


def test_env_url_headers_and_login_are_expanded() -> None:
    auth = ClientCredentials(issuer="https://i", client_id="${REGION}-app", client_secret="${TOKEN}")
    entry = Server(
        name="s",
        transport=Transport.STREAMABLE_HTTP,
        url="https://${REGION}.example.com/mcp",
        headers={"Authorization": "Bearer ${TOKEN}"},
        auth=auth,
    )

    ready = expanded(entry, VALUES)

    assert ready.url == "https://eu-1.example.com/mcp"
    assert ready.headers == {"Authorization": "Bearer from-file"}
    assert ready.auth == ClientCredentials(
        issuer="https://i", client_id="eu-1-app", client_secret="from-file"
    )
    assert sorted(used_values(entry, VALUES)) == ["eu-1", "eu-1", "from-file", "from-file"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (
            {"env": {"X": "${NONE}"}},
            "needs ${NONE} for env.X, which is not set: put NONE into the server's envFile",
        ),
        ({"args": ("a", "${env:NONE}")}, "needs ${NONE} for args[1]"),
        ({"headers": {"H": "${HOME}"}}, "needs ${HOME} for headers.H"),
    ],
)
def test_a_name_that_is_missing_is_named_with_the_cure(fields: dict[str, Any], words: str) -> None:
    assert words in refusal(**fields)


def test_arguments_take_no_secret() -> None:
    assert expanded(server(args=("--region=${REGION}", "${NONE:-d}")), VALUES).args == ("--region=eu-1", "d")
    for name in ("TOKEN", "BOTH", "API_KEY", "TOKEN:-x"):
        words = refusal(args=(f"--x=${{{name}}}",))
        assert words.startswith(
            f"has the secret ${{{name.partition(':')[0]}}} in args[0], where every process"
        )


@pytest.mark.parametrize(
    ("fields", "place"), [({"cwd": "${REGION}"}, "cwd"), ({"env_file": "${TOKEN}/x"}, "envFile")]
)
def test_what_decides_what_runs_is_not_expanded(fields: dict[str, Any], place: str) -> None:
    assert f"in {place}, where nothing is expanded" in refusal(**fields)


def test_a_command_is_not_expanded() -> None:
    with pytest.raises(ExpansionError, match=r"has \$\{REGION\} in command"):
        expanded(Server(name="s", transport=Transport.STDIO, command="${REGION}"), VALUES)

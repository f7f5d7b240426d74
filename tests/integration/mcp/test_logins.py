"""Servers over HTTP that want a login: a real authorization server, a real MCP server, and no person."""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from integration.mcp.harness import SERVERS, call, free_port, http, listening, run
from mcp_jobs.adapters.mcp.limits import Surroundings
from mcp_jobs.core.allow import parse_allow
from mcp_jobs.core.failure import Failure, FailureClass
from mcp_jobs.core.redact import MARK
from mcp_jobs.core.report import WorkReport
from mcp_jobs.core.servers import ClientCredentials, Server, TokenFile

SECRET = "s3cret of%20the/client+"
Protected = Callable[..., AbstractContextManager[str]]


@pytest.fixture
def secrets_dir(surroundings: Surroundings) -> Path:
    """The mounted Secret `acme`."""
    directory = surroundings.env_file_root / "acme"
    directory.mkdir()
    (directory / "id").write_text("app\n", encoding="utf-8")
    (directory / "secret").write_text(SECRET + "\n", encoding="utf-8")
    (directory / "env").write_text(f"APP=app\nAPP_SECRET='{SECRET}'\n", encoding="utf-8")
    (directory / "token").write_text("token-of-a-file\n", encoding="utf-8")
    return directory


@contextmanager
def protected(*options: str) -> Iterator[str]:
    """tests/servers/protected.py; its origin."""
    port = free_port()
    with listening([sys.executable, str(SERVERS / "protected.py"), str(port), *options], port, SECRET=SECRET):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def shared_origin() -> Iterator[str]:
    """One that does as it should."""
    with protected() as origin:
        yield origin


def of_files(origin: str, issuer: str | None = None) -> Server:
    """A server whose login is in files."""
    auth = ClientCredentials(
        issuer=issuer or origin, client_id_file="acme/id", client_secret_file="acme/secret"
    )
    return http("acme", f"{origin}/mcp", auth=auth)


def ask(surroundings: Surroundings, server: Server, **limits: float) -> WorkReport:
    """One call to the server."""
    return run(surroundings, [server], [call("acme", "whoami")], **limits)


def failure_of(surroundings: Surroundings, server: Server, **limits: float) -> Failure:
    """Why the server could not be reached; in no case the secret."""
    failure = ask(surroundings, server, **limits).failure
    assert failure is not None
    assert failure.kind is FailureClass.TRANSPORT
    assert SECRET not in failure.message
    return failure


@pytest.mark.usefixtures("secrets_dir")
def test_a_token_is_got_by_client_credentials_and_never_shown(
    surroundings: Surroundings, shared_origin: str
) -> None:
    report = ask(surroundings, of_files(shared_origin))

    assert report.failure is None
    [answer] = report.calls
    assert (answer.result or {})["structuredContent"]["authorization"] == f"Bearer {MARK}"


@pytest.mark.usefixtures("secrets_dir")
def test_the_secret_may_come_from_the_env_file_and_go_in_the_body(
    surroundings: Surroundings, shared_origin: str
) -> None:
    login = ClientCredentials(
        issuer=shared_origin,
        client_id="${APP}",
        client_secret="${APP_SECRET}",
        in_body=True,
        scopes=("use", "more"),
    )
    server = http("acme", f"{shared_origin}/mcp", env_file="acme/env", auth=login)
    assert ask(surroundings, server).failure is None


def test_a_wrong_secret_fails_for_good_and_is_not_shown_by_who_echoes_it(
    surroundings: Surroundings, secrets_dir: Path, shared_origin: str
) -> None:
    (secrets_dir / "secret").write_text("wrong-one", encoding="utf-8")
    failure = failure_of(surroundings, of_files(shared_origin))
    assert not failure.retriable
    assert (
        f"Server 'acme' got no token: its authorization server {shared_origin} answered 401"
        in failure.message
    )
    assert f"unknown client app with secret {MARK}" in failure.message
    assert "(check the client id, the secret and the scopes in auth)" in failure.message


@pytest.mark.usefixtures("secrets_dir")
def test_an_authorization_server_without_metadata_is_named(surroundings: Surroundings) -> None:
    with protected("--no-metadata") as origin:
        failure = failure_of(surroundings, of_files(origin))
    assert not failure.retriable
    assert f"got no token of {origin}: No authorization server metadata" in failure.message


@pytest.mark.usefixtures("secrets_dir")
def test_the_secret_is_sent_to_no_server_but_its_issuer(
    surroundings: Surroundings, shared_origin: str
) -> None:
    failure = failure_of(surroundings, of_files(shared_origin, issuer="https://auth.example.com"))
    assert not failure.retriable
    assert "got no token of https://auth.example.com: Authorization server metadata issuer mismatch" in (
        failure.message
    )


@pytest.mark.usefixtures("secrets_dir")
def test_an_authorization_server_that_is_down_may_be_tried_again(surroundings: Surroundings) -> None:
    elsewhere = f"http://127.0.0.1:{free_port()}"
    with protected(f"--issuer={elsewhere}") as origin:
        failure = failure_of(surroundings, of_files(origin, issuer=elsewhere))
    assert failure.retriable
    assert failure.message == f"Server 'acme' got no token: {elsewhere} gave no answer: Connection refused"


@pytest.mark.usefixtures("secrets_dir")
def test_a_token_endpoint_that_does_not_answer_is_given_up_in_time(surroundings: Surroundings) -> None:
    with protected("--hang") as origin:
        failure = failure_of(surroundings, of_files(origin), server_start_seconds=3)
    assert failure.retriable
    assert failure.message == f"Server 'acme' got no token: {origin} gave no answer: it took too long"


@pytest.mark.usefixtures("secrets_dir")
def test_a_login_goes_nowhere_that_the_rules_do_not_allow(
    surroundings: Surroundings, shared_origin: str
) -> None:
    port = shared_origin.rpartition(":")[2]
    rules = parse_allow({"urls": [f"{shared_origin}/mcp 127.0.0.1", f"http://localhost:{port} 127.0.0.1"]})
    report = ask(
        replace(surroundings, allow=rules), of_files(shared_origin, issuer=f"http://localhost:{port}")
    )
    assert report.failure is not None
    assert (report.failure.kind, report.failure.retriable) == (FailureClass.REFUSED, False)
    assert f"it leads to {shared_origin}/.well-known" in report.failure.message


def test_the_token_of_a_file_is_sent_and_never_shown(surroundings: Surroundings, secrets_dir: Path) -> None:
    with protected(f"--static-token={secrets_dir / 'token'}") as origin:
        report = ask(surroundings, http("acme", f"{origin}/mcp", auth=TokenFile("acme/token")))
    assert report.failure is None
    assert (report.calls[0].result or {})["structuredContent"]["authorization"] == f"Bearer {MARK}"


def test_a_token_that_is_not_accepted_fails_for_good(surroundings: Surroundings, secrets_dir: Path) -> None:
    (secrets_dir / "old").write_text("yesterdays", encoding="utf-8")
    with protected(f"--static-token={secrets_dir / 'token'}") as origin:
        server = http("acme", f"{origin}/mcp", auth=TokenFile("acme/old"))
        failure = failure_of(surroundings, server)
    assert not failure.retriable
    assert f"answered 401 Unauthorized at {origin}" in failure.message
    assert "(it does not accept the token: check its auth)" in failure.message


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("acme/nothing", "names auth.tokenFile 'acme/nothing', which can't be read"),
        ("../token", "names auth.tokenFile '../token': '..' is not allowed there"),
        ("acme/env", "names auth.tokenFile 'acme/env', which must hold one line of ASCII characters"),
    ],
)
@pytest.mark.usefixtures("secrets_dir")
def test_a_token_file_that_can_not_be_used_is_refused(
    surroundings: Surroundings, path: str, words: str
) -> None:
    failure = ask(surroundings, http("acme", "http://127.0.0.1:9/mcp", auth=TokenFile(path))).failure
    assert failure is not None
    assert (failure.kind, failure.retriable) == (FailureClass.REFUSED, False)
    assert words in failure.message
    assert SECRET not in failure.message

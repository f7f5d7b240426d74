"""Whoever is not let in gets one sentence that says why and what to do, soon, and the exit code for it."""

import json
import signal
import socket
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from integration.kubernetes.certificates import Authority
from integration.security.commands import run, start
from integration.security.guarded import Guarded
from integration.security.logins import login, mount, pair_keys, settings
from mcp_jobs.adapters.kafka.connection import Connection
from mcp_jobs.core.acls import Role
from mcp_jobs.core.errors import ProtocolError
from mcp_jobs.core.exits import Exit
from mcp_jobs.entrypoints.admission_reconciler import connected
from mcp_jobs.entrypoints.kafka_config import kafka_config

#: seconds of a request's deadline here; what is certain is said before
TIMEOUT = 3.0

Environment = dict[str, str]
Spoil = Callable[[Guarded, Environment, Path], object]


def wrong_password(company: Guarded, env: Environment, secret: Path) -> None:
    mount(secret, {"password": "wrong"})


def unknown_user(company: Guarded, env: Environment, secret: Path) -> None:
    mount(secret, {"username": "nobody"})


def wrong_mechanism(company: Guarded, env: Environment, secret: Path) -> None:
    env["KAFKA_SASL_MECHANISM"] = "SCRAM-SHA-256"


def another_authority(company: Guarded, env: Environment, secret: Path) -> None:
    mount(secret, {"ca": Authority(secret / "another", "another authority").cert})


def no_authority(company: Guarded, env: Environment, secret: Path) -> None:
    (secret / "ca").unlink()


def junk_authority(company: Guarded, env: Environment, secret: Path) -> None:
    mount(secret, {"ca": "junk"})


def to(listener: str) -> Spoil:
    def spoil(company: Guarded, env: Environment, secret: Path) -> None:
        env["KAFKA_BROKERS"] = company.broker.address(listener)

    return spoil


def to_no_login(company: Guarded, env: Environment, secret: Path) -> None:
    env["KAFKA_BROKERS"] = company.broker.bootstrap_servers


def speaks(protocol: str, mechanism: str = "") -> Spoil:
    def spoil(company: Guarded, env: Environment, secret: Path) -> None:
        env["KAFKA_SECURITY_PROTOCOL"], env["KAFKA_SASL_MECHANISM"] = protocol, mechanism

    return spoil


def no_certificate(company: Guarded, env: Environment, secret: Path) -> None:
    (secret / "cert").unlink()
    (secret / "key").unlink()


def expired_certificate(company: Guarded, env: Environment, secret: Path) -> None:
    mount(secret, pair_keys(company.authority.issue("expired", ends_in=timedelta(days=-1))))


def foreign_certificate(company: Guarded, env: Environment, secret: Path) -> None:
    mount(secret, pair_keys(Authority(secret / "another", "another authority").issue("alien")))


def another_key(company: Guarded, env: Environment, secret: Path) -> None:
    mount(secret, {"key": company.authority.issue("another").key})


def no_token_server(company: Guarded, env: Environment, secret: Path) -> None:
    mount(secret, {"oauthTokenEndpointUri": "http://127.0.0.1:1/token"})


REFUSALS: dict[str, tuple[str, Spoil, str]] = {
    "wrong password, PLAIN": (
        "PLAIN", wrong_password, "refuses the login of runner with PLAIN (Authentication failed: Invalid"
    ),
    "wrong password, SCRAM": (
        "SCRAM-SHA-512", wrong_password, "refuses the login of runner with SCRAM-SHA-512"
    ),
    "unknown user": ("SCRAM-SHA-256", unknown_user, "are user name and password right"),
    "mechanism not offered": (
        "PLAIN without TLS", wrong_mechanism, "does not offer the SASL mechanism SCRAM-SHA-256 on that port"
    ),
    "unknown authority": ("PLAIN", another_authority, "is signed by an authority that is not in"),
    "no authority": ("PLAIN", no_authority, "an authority that is not among the authorities of this image"),
    "no certificate in ca": ("PLAIN", junk_authority, "the TLS files can't be used"),
    "broker's certificate expired": ("mTLS", to("EXPIRED"), "has expired: renew it"),
    "broker's certificate for another host": ("mTLS", to("ELSEWHERE"), "is not for 127.0.0.1: use a name"),
    "client certificate missing": ("mTLS", no_certificate, "wants a client's certificate: put it"),
    "client certificate expired": ("mTLS", expired_certificate, "refuses the client's certificate"),
    "client certificate of a foreign authority": ("mTLS", foreign_certificate, "refuses the client's cert"),
    "key of another certificate": ("mTLS", another_key, "the TLS files can't be used"),
    "plain text to a TLS port": (
        "mTLS", speaks("PLAINTEXT"), "if that port speaks TLS, the security protocol is SSL"
    ),
    "login in plain text to a TLS port": (
        "PLAIN", speaks("SASL_PLAINTEXT", "PLAIN"), "the security protocol is SASL_SSL"
    ),
    "TLS to a port in plain text": (
        "PLAIN without TLS", speaks("SASL_SSL", "PLAIN"), "the security protocol is SASL_PLAINTEXT"
    ),
    "no login where one is wanted": (
        "PLAIN without TLS", speaks("PLAINTEXT"), "does that port want a SASL login?"
    ),
    "login where none is taken": (
        "PLAIN without TLS", to_no_login, "takes no SASL login on that port: the security"
    ),
    "token refused to the client": ("OAUTHBEARER", wrong_password, "answers 401: are client id, secret"),
    "no token server": ("OAUTHBEARER", no_token_server, "http://127.0.0.1:1/token gives no token"),
}  # fmt: skip


def connect(env: Environment) -> None:
    with Connection(kafka_config(settings(env)), timeout=TIMEOUT):
        pass


@pytest.mark.parametrize("case", REFUSALS)
def test_who_is_not_let_in_is_told_why(company: Guarded, tmp_path: Path, case: str) -> None:
    how, spoil, sentence = REFUSALS[case]
    env = login(company, tmp_path, Role.RUNNER, how)
    spoil(company, env, tmp_path)
    began = time.monotonic()

    with pytest.raises(ProtocolError) as raised:
        connect(env)

    assert sentence in str(raised.value)
    assert "\n" not in str(raised.value)
    assert time.monotonic() - began < 2 * TIMEOUT


def test_a_token_that_kafka_does_not_take_is_told(company: Guarded, tmp_path: Path) -> None:
    env = login(company, tmp_path, Role.RUNNER, "OAUTHBEARER")
    with company.tokens.giving(lasts=-600), pytest.raises(ProtocolError, match="refuses the OAuth token"):
        connect(env)


def test_a_broker_that_advertises_a_name_which_is_not_in_its_certificate_is_told(
    company: Guarded, tmp_path: Path
) -> None:
    env = login(company, tmp_path, Role.RUNNER, "mTLS")
    port = company.broker.address("MUTUAL").rpartition(":")[2]
    env["KAFKA_BROKERS"] = f"localhost:{port}"

    with pytest.raises(ProtocolError, match="is not for localhost: use a name"):
        connect(env)


def test_the_helper_is_told_the_same(company: Guarded, tmp_path: Path) -> None:
    env = login(company, tmp_path, Role.HELPER, "PLAIN")
    wrong_password(company, env, tmp_path)

    with (
        pytest.raises(ProtocolError, match="refuses the login of helper with PLAIN"),
        connected(settings(env), threading.Event()),
    ):
        pass


COMMANDS = {"runner": ["runner"], "init": ["init"], "submit": ["submit", "-"]}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_says_it_in_one_line_and_ends(company: Guarded, tmp_path: Path, command: str) -> None:
    env = login(company, tmp_path, Role.RUNNER, "SCRAM-SHA-256")
    wrong_password(company, env, tmp_path)

    done = run(*COMMANDS[command], text='{"mcpServers": {"s": {"command": "s"}}}', **env)

    assert done.returncode == Exit.RETRY
    [line] = done.stderr.splitlines()
    said = json.loads(line)["message"] if command == "runner" else line
    assert "refuses the login of runner with SCRAM-SHA-256" in said
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"KAFKA_SASL_MECHANISM": ""}, "KAFKA_SASL_MECHANISM has to say which login"),
        ({"KAFKA_SECURITY_PROTOCOL": "SSL"}, "KAFKA_SECURITY_PROTOCOL SSL has no login"),
        ({"KAFKA_CREDENTIALS_DIR": ""}, "the login with PLAIN has no username: set KAFKA_SASL_USERNAME"),
    ],
)
def test_half_of_a_login_is_a_mistake_in_the_settings(
    company: Guarded, tmp_path: Path, command: str, wrong: Environment, sentence: str
) -> None:
    env = login(company, tmp_path, Role.RUNNER, "PLAIN") | wrong

    done = run(*COMMANDS[command], text='{"mcpServers": {"s": {"command": "s"}}}', **env)

    assert done.returncode == Exit.USAGE
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_broker_that_says_nothing_is_waited_for_until_the_deadline_and_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        config = {"bootstrap_servers": [address]}
        began = time.monotonic()

        with (
            pytest.raises(ProtocolError, match=f"no Kafka broker answers at {address} within 0.5 s"),
            Connection(config, timeout=0.5),
        ):
            pass

        assert time.monotonic() - began < 5


def test_a_good_address_beside_a_silent_one_is_enough(company: Guarded) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        servers = [address, company.broker.bootstrap_servers]

        with Connection({"bootstrap_servers": servers}, timeout=10) as connection:
            assert connection.until(lambda: connection.coordinator(0, "g")) >= 0


def test_a_runner_that_waits_for_a_silent_kafka_ends_at_once_when_it_is_told_to() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(60)
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        with start("runner", KAFKA_BROKERS=address, KAFKA_REQUEST_TIMEOUT_SECONDS="60") as process:
            peer, _ = silent.accept()
            process.send_signal(signal.SIGTERM)
            _, said = process.communicate(timeout=30)  # of the 60 that a request may take
            peer.close()

    assert process.returncode == Exit.TERMINATED
    assert "terminated" in said

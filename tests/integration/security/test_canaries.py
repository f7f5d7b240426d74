"""A secret in every place that has one, and servers that tell all they know: what of it leaves a process."""

import base64
import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from integration.claim.workload import Workload
from integration.mcp.harness import SERVERS, free_port, listening
from integration.security.guarded import PASSWORD, Guarded
from integration.security.logins import login
from mcp_jobs.adapters.kafka.topics import create_topic
from mcp_jobs.core.acls import Role, acls
from mcp_jobs.core.redact import MARK

#: seconds; the first test of each kind waits for all the messages
pytestmark = pytest.mark.timeout(400)

ENV_FILE = "canary/of-env+file=1"
DATABASE = "canary-of-database-url"
EXPANDED = "canary-of-container-variable"
LITERAL = "canary of literal\\env"
HEADER = "canary-of-header"
EXPANDED_HEADER = "canary-of-expanded-header"
USER_INFO = "canary-of-user-info"
QUERY = "canary-of-query"
CLIENT = 'canary of "client" secret'
WRONG_CLIENT = "canary-of-wrong-client-secret"
INLINE_CLIENT = "canary-of-inline-client-secret"
TOKEN = "canary-of-token-file"
ISSUED = "issued-"  # and what protected.py makes of it
IN_SECRETS = [ENV_FILE, DATABASE, EXPANDED, EXPANDED_HEADER, CLIENT, WRONG_CLIENT, TOKEN, ISSUED, PASSWORD]
IN_MESSAGES = [LITERAL, HEADER, USER_INFO, QUERY, INLINE_CLIENT]


@dataclass(frozen=True)
class Site:
    """What the servers of the messages find: Secrets, and servers that listen."""

    secrets: Path
    leaky: str
    oauth: str
    token: str


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The Secret `acme`, mounted, and three servers over HTTP."""
    root = tmp_path_factory.mktemp("secrets")
    keys = {
        "env": f"FILE_CANARY='{ENV_FILE}'\nHEADER_CANARY={EXPANDED_HEADER}\nDB_URL=postgres://me:{DATABASE}@db/x\n",
        "id": "app",
        "secret": CLIENT,
        "wrong": WRONG_CLIENT,
        "token": TOKEN,
    }
    (root / "acme").mkdir()
    for name, text in keys.items():
        (root / "acme" / name).write_text(text, encoding="utf-8")
    ports = [free_port() for _ in range(3)]
    protected = [sys.executable, str(SERVERS / "protected.py")]
    leaky = [sys.executable, str(SERVERS / "leaky.py"), f"--port={ports[0]}"]
    tokens = f"--static-token={root / 'acme' / 'token'}"
    with (
        listening(leaky, ports[0]),
        listening([*protected, str(ports[1])], ports[1], SECRET=CLIENT),
        listening([*protected, str(ports[2]), tokens], ports[2], SECRET=CLIENT),
    ):
        yield Site(root, *(f"127.0.0.1:{port}" for port in ports))


def leaky(*args: str, **more: Any) -> dict[str, Any]:
    """A server that is a process, with a secret in each place it has."""
    env = {
        "MY_TOKEN": LITERAL,
        "FROM_FILE": "x ${FILE_CANARY} y",
        "FROM_CONTAINER": "${CANARY_IN_CONTAINER}",
        "BASIC": "${env:DB_URL}",
    }
    command = {"command": sys.executable, "args": [str(SERVERS / "leaky.py"), *args]}
    return {**command, "env": env, "envFile": "acme/env", **more}


def messages(site: Site, processes: Path) -> dict[str, Any]:
    """What is sent, by job id: calls that succeed, and every way to fail."""
    files = {"clientIdFile": "acme/id", "issuer": f"http://{site.oauth}"}
    oauth = {"url": f"http://{site.oauth}/mcp", "oauth": {**files, "clientSecretFile": "acme/secret"}}
    told = {
        "process": leaky(f"--list={processes}"),
        "http": {
            "url": f"http://me:{USER_INFO}@{site.leaky}/mcp?token={QUERY}",
            "headers": {"X-Api-Key": HEADER, "X-Other": "Bearer ${HEADER_CANARY}"},
            "envFile": "acme/env",
        },
        "oauth": oauth,
        "file": {"url": f"http://{site.token}/mcp", "auth": {"type": "bearer", "tokenFile": "acme/token"}},
    }
    calls = [("process", "tell"), ("http", "tell_request"), ("oauth", "whoami"), ("file", "whoami")]
    wrong = {**oauth, "oauth": {**files, "clientSecretFile": "acme/wrong"}}
    inline = {**oauth, "oauth": {**files, "clientSecret": INLINE_CLIENT}}
    return {
        "told": job(told, *calls),
        "fails": job({"s": leaky()}, ("s", "fail")),
        "dies": job({"s": leaky()}, ("s", "die")),
        "crashes": job({"s": leaky("--crash")}),
        "in-args": job({"s": leaky("${FILE_CANARY}")}),
        "missing": job({"s": leaky(env={"MY_TOKEN": LITERAL, "X": "${NONE}"})}),
        "input": job({"s": leaky(env={"MY_TOKEN": LITERAL, "X": "${input:key}"})}),
        "wrong-secret": job({"s": wrong}),
        "inline-secret": job({"s": inline}),
    }


def job(servers: Mapping[str, Any], *calls: tuple[str, str]) -> dict[str, Any]:
    made = [{"server": server, "tool": tool} for server, tool in calls]
    return {"payload": {"mcpServers": servers, "calls": made}}


@dataclass(frozen=True)
class Left:
    """All that left the processes."""

    outcomes: dict[str, dict[str, Any]]
    headers: bytes
    values: bytes
    logs: str
    processes: str

    def all(self) -> str:
        """Everything but the messages themselves, which are their producer's."""
        return "\n".join([json.dumps(self.outcomes), self.headers.decode(), self.logs, self.processes])


@pytest.fixture(scope="module", params=["json", "text, in two processes"])
def left(
    company: Guarded, site: Site, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Left:
    """Every message run once, by runners that log in to Kafka with a password."""
    home = tmp_path_factory.mktemp("home")
    name = uuid.uuid4().hex[:8]
    workload = Workload(company.broker.bootstrap_servers, f"t-{name}", 1, f"g-{name}")
    for topic in (workload.topic, workload.topics.outcomes, workload.topics.dead_letters):
        create_topic(workload.config, topic, partitions=1)
    workload.install()
    company.allow(Role.RUNNER, acls(Role.RUNNER, workload.topics, workload.group))
    sent = messages(site, home / "processes")
    workload.produce([json.dumps({"jobId": job_id, **body}).encode() for job_id, body in sent.items()])

    form, _, two = request.param.partition(", ")
    env = {
        "KAFKA_TOPIC": workload.topic,
        "KAFKA_CONSUMER_GROUP": workload.group,
        **login(company, home / "kafka", Role.RUNNER, "PLAIN without TLS"),
        "RUNNER_BATCH_SIZE": str(len(sent)),
        "RUNNER_MAX_ATTEMPTS": "1",
        "RUNNER_LOG_FORMAT": form,
        "RUNNER_LOG_LEVEL": "TRACE",
        "SERVERS_LOG_FORMAT": form,
        "SERVERS_LOG_LEVEL": "TRACE",
        "SERVERS_ALLOW": '"everything"',
        "SERVERS_ENV_FILE_ROOT": str(site.secrets),
        "SERVERS_EXPAND": "CANARY_IN_CONTAINER",
        "CANARY_IN_CONTAINER": EXPANDED,
    }
    if two:
        env["SERVERS_SOCKET"] = str(home / "socket")
    logs = run(["runner", "servers"] if two else ["runner"], env, home / "log")
    dead = workload.records(workload.topics.dead_letters)
    outcomes = [json.loads(record.value) for record in workload.records(workload.topics.outcomes)]
    return Left(
        outcomes={outcome["jobId"]: outcome for outcome in outcomes},
        headers=b"\n".join(value for record in dead for _, value in record.headers),
        values=b"\n".join(record.value for record in dead),
        logs=logs,
        processes=(home / "processes").read_bytes().replace(b"\0", b" ").decode(),
    )


def run(roles: list[str], env: Mapping[str, str], log: Path) -> str:
    """Run the processes to their end; all they wrote."""
    ours = ("KAFKA_", "RUNNER_", "SERVERS_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    environment = {**kept, "PYTHONPATH": os.pathsep.join(sys.path), **env}
    with ExitStack() as stack:
        file = stack.enter_context(log.open("wb"))
        for role in roles:
            command = [sys.executable, "-m", "mcp_jobs", role]
            process = stack.enter_context(
                subprocess.Popen(command, env=environment, stdout=file, stderr=file)
            )
            stack.callback(process.kill)
            stack.callback(process.wait, 300)
    return log.read_text(encoding="utf-8")


def forms(canary: str) -> set[str]:
    """How a canary may sing."""
    raw = canary.encode()
    plain = {canary, json.dumps(canary)[1:-1], repr(canary)[1:-1], quote(canary), quote(canary, safe="")}
    in_base64 = {base64.b64encode(b"." * shift + raw)[4:-4].decode() for shift in range(3)}
    return plain | {raw.hex()} | in_base64


@pytest.mark.parametrize("canary", [*IN_SECRETS, *IN_MESSAGES])
def test_no_canary_leaves(left: Left, canary: str) -> None:
    everything = left.all()
    assert [form for form in forms(canary) if form in everything] == []


@pytest.mark.parametrize("canary", IN_SECRETS)
def test_no_secret_of_the_installation_is_in_a_dead_letter(left: Left, canary: str) -> None:
    assert [form for form in forms(canary) if form.encode() in left.values] == []


def test_the_servers_had_their_secrets_and_told_them(left: Left) -> None:
    told = left.outcomes["told"]
    assert told["status"] == "succeeded", told
    process, request, oauth, file = (call["result"]["structuredContent"] for call in told["calls"])
    assert process["plain"]["MY_TOKEN"] == MARK
    assert process["plain"]["FILE_CANARY"] == MARK
    assert process["plain"]["FROM_FILE"] == f"x {MARK} y"
    assert process["plain"]["FROM_CONTAINER"] == MARK
    assert process["plain"]["BASIC"] == MARK
    assert "HOME" in process["plain"]
    assert MARK in process["base64"]
    assert MARK in process["percent"]
    assert MARK in process["hex"]
    assert request["headers"]["x-api-key"] == MARK
    assert request["headers"]["x-other"] == f"Bearer {MARK}"
    assert MARK in request["headers"]["authorization"]
    assert request["url"].endswith(f"/mcp?token={MARK}")
    assert oauth["authorization"] == file["authorization"] == f"Bearer {MARK}"
    assert MARK in told["servers"][0]["serverDetails"]["instructions"]
    assert "leaky.py" in left.processes


@pytest.mark.parametrize(
    ("job_id", "words"),
    [
        ("fails", f'"FROM_CONTAINER": "{MARK}", "FROM_FILE": "x {MARK} y", "MY_TOKEN": "{MARK}"'),
        ("dies", f"| x {MARK} y | {MARK} | "),
        ("crashes", f"| x {MARK} y | {MARK} | "),
        ("in-args", "has the secret ${FILE_CANARY} in args[1], where every process can read it"),
        ("missing", "needs ${NONE} for env.X, which is not set: put NONE into the server's envFile"),
        ("input", "env.X: expected a value, found '${input:key}', which only an editor can fill in"),
        (
            "wrong-secret",
            f"unknown client app with secret {MARK}",
        ),
        ("inline-secret", "oauth.clientSecret: expected a reference"),
    ],
)
def test_every_failure_still_says_what_to_do(left: Left, job_id: str, words: str) -> None:
    outcome = left.outcomes[job_id]
    assert outcome["status"] == "failed"
    assert words in outcome["error"]["message"]

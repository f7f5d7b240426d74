"""Ten thousand messages nobody foresaw: none crashes the runner, each has exactly one outcome."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcp_jobs.adapters.mcp.fault import Fault
from mcp_jobs.adapters.mcp.gate import admit
from mcp_jobs.core.allow import parse_allow
from mcp_jobs.core.claimant import Claimant
from mcp_jobs.core.entry import Entry
from mcp_jobs.core.envelope import Envelope
from mcp_jobs.core.names import Topics
from mcp_jobs.core.outcome import Job
from mcp_jobs.core.record import Record
from mcp_jobs.core.report import WorkReport
from mcp_jobs.runner import Runner
from unit.trust.attempts import ATTEMPTS, RULES, message

ALLOW = parse_allow(RULES)
#: what passes the gate may only be one of these
COMMANDS = {rule.command for rule in ALLOW.commands}
TEXT = st.text(st.characters(exclude_categories=()), max_size=12)
WORD = TEXT | st.sampled_from(
    [
        "uvx",
        "npx",
        "-y",
        "-c",
        "sh",
        "mcp-server-time==1",
        "@modelcontextprotocol/x@1",
        "--title=a",
        "--",
        "...",
    ]
)
URL = TEXT | st.sampled_from(["https://a.example.com/", "http://127.0.0.1/", "https://[::1]/", "${HOST}"])
ENTRY = st.fixed_dictionaries(
    {},
    optional={
        "command": WORD,
        "args": st.lists(WORD, max_size=4),
        "env": st.dictionaries(TEXT | st.sampled_from(["PATH", "LD_PRELOAD", "A"]), TEXT, max_size=2),
        "url": URL,
        "type": st.sampled_from(["stdio", "http", "sse", "ftp"]),
        "headers": st.dictionaries(TEXT, TEXT, max_size=2),
        "disabled": st.booleans(),
        "timeout": st.floats() | TEXT,
        "auth": st.dictionaries(TEXT, TEXT, max_size=2),
    },
)
SHAPED = st.builds(
    lambda job, tenant, servers: {"jobId": job, "tenant": tenant, "payload": {"mcpServers": servers}},
    TEXT | st.integers(),
    TEXT | st.none(),
    st.dictionaries(TEXT, ENTRY, min_size=1, max_size=3),
)
ATTEMPTED = st.sampled_from([message(attempt.entry) for attempt in ATTEMPTS])
BENT = st.builds(
    lambda raw, at, more: raw[: at % len(raw)] + more, ATTEMPTED, st.integers(0), st.binary(max_size=6)
)
VALUES = st.one_of(
    SHAPED.map(lambda body: json.dumps(body).encode()), ATTEMPTED, BENT, st.binary(max_size=40), st.none()
)
HEADERS = st.lists(
    st.tuples(TEXT | st.sampled_from(["mcp-jobs-reason", "ce_id", "content-type"]), st.binary(max_size=8)),
    max_size=3,
)


def gate_only(envelope: Envelope) -> WorkReport:
    """The work of a message up to the point where a process would start."""
    for server in envelope.servers:
        if server.disabled:
            continue
        try:
            admit(server, ALLOW)
        except Fault as fault:
            return WorkReport(failure=fault.failure(f"Server {server.name!r}"))
        assert server.url or server.command in COMMANDS
    return WorkReport()


def never(*_: Any) -> None:
    raise AssertionError


RUNNER = Runner(
    me=Claimant("group", "uid", "holder"),
    job=Job(),
    topics=Topics("jobs", "outcomes", "dead"),
    max_attempts=3,
    settle=never,  # type: ignore[arg-type]
    work=gate_only,
    unwanted=never,
    clock=lambda: 0,
)


@pytest.mark.timeout(1200)  # 45 s of one processor
@settings(max_examples=10_000, deadline=None, database=None)
@given(VALUES, HEADERS)
def test_every_message_has_one_outcome(value: bytes | None, headers: list[tuple[str, bytes]]) -> None:
    record = Record(7, None, value, tuple(headers))
    attempt = RUNNER.attempt(0, Entry((7,), 1, "holder", 0), 7, record)
    outcome, *dead = attempt.outputs("outcomes", "dead")
    read = json.loads(outcome.value or b"")
    failed = read["status"] == "failed"
    assert failed is (attempt.report.failure is not None)
    assert [letter.topic for letter in dead] == ["dead"] * failed
    for letter in dead:
        assert letter.value == value
        reasons = [text for name, text in letter.headers if name == "mcp-jobs-reason"]
        assert len(reasons) == 1
        assert reasons[0].decode().isprintable()

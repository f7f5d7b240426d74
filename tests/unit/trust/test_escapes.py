"""Every attempt to get out of what a message may have is refused, in a sentence that says why."""

import pytest

from mcp_jobs.core.allow import Allow, parse_allow
from mcp_jobs.core.envelope import decode
from mcp_jobs.core.errors import EnvelopeError
from unit.trust.attempts import ATTEMPTS, RULES, Attempt, message

ALLOW = parse_allow(RULES)


def refusal(value: bytes, allow: Allow) -> str:
    """Why a message is refused: as no envelope, or at the gate. Empty where it would run."""
    try:
        [server] = decode(value).servers
    except EnvelopeError as error:
        return str(error)
    return allow.judge(server).reason


def test_there_are_many_attempts() -> None:
    assert len(ATTEMPTS) >= 100
    assert len({attempt.name for attempt in ATTEMPTS}) == len(ATTEMPTS)


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda attempt: attempt.name)
def test_an_attempt_is_refused(attempt: Attempt) -> None:
    reason = refusal(message(attempt.entry), ALLOW)
    assert reason
    assert attempt.fragment in reason
    assert reason.isprintable()
    assert len(reason) < 1000


@pytest.mark.parametrize(
    "entry",
    [
        {"command": "uvx", "args": ["mcp-server-time==2026.10.19"]},
        {"command": "npx", "args": ["-y", "@modelcontextprotocol/server-memory@2026.8.31"]},
        {"command": "mcp-server-time", "args": ["--local-timezone", "Europe/Berlin"]},
        {"command": "/opt/servers/files", "args": ["--root", "/data/reports/2026"], "env": {"API_KEY": "x"}},
        {"command": "notes", "args": ["--title=a", "--"]},
        {"command": "python", "args": ["-m", "mcp_server_git", "--repository", "/srv/repo"]},
        {"url": "https://a.example.com/mcp?key=1"},
        {"url": "https://api.example.org/mcp/v1"},
        {"url": "http://tools.acme.svc:8080/sse"},
    ],
    ids=str,
)
def test_what_the_rules_mean_still_passes(entry: dict[str, object]) -> None:
    assert refusal(message(entry), ALLOW) == ""


def test_a_forged_tenant_opens_nothing_and_the_workloads_own_does() -> None:
    entry = {"command": "sh", "args": ["/opt/acme.sh"]}
    assert "no rule allows" in refusal(message(entry, tenant="acme"), ALLOW)
    assert refusal(message(entry, tenant="other"), parse_allow(RULES, "acme")) == ""

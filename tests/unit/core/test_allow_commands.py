"""Rules for commands: what each word of a rule lets through."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_jobs.core.allow import Allow, parse_allow
from mcp_jobs.core.allow_command import read_command
from mcp_jobs.core.errors import AllowError
from mcp_jobs.core.servers import Server, Transport

ALLOWED = [
    ("mcp-server-time", "mcp-server-time", []),
    ("/opt/servers/files --root /data", "/opt/servers/files", ["--root", "/data"]),
    ("say 'two words' \"it's\"", "say", ["two words", "it's"]),
    ("say ''", "say", [""]),
    ("uvx mcp-server-*==*", "uvx", ["mcp-server-git==2026.10.19"]),
    ("uvx mcp-server-*==*", "uvx", ["mcp-server-git==1.0rc1+local.1"]),
    ("npx -y @modelcontextprotocol/*@*", "npx", ["-y", "@modelcontextprotocol/server-memory@2026.8.31"]),
    ("npx -y @modelcontextprotocol/*@*", "npx", ["-y", "@modelcontextprotocol/server-memory@latest"]),
    ("files /data/**", "files", ["/data/a/b.txt"]),
    ("files --root=**", "files", ["--root=/data"]),
    ("clock **", "clock", ["America/Argentina/Buenos_Aires"]),
    ("clock ...", "clock", []),
    ("clock ...", "clock", ["--any", "-x", "thing at all"]),
    ("clock --utc ...", "clock", ["--utc", "now"]),
    ("uvx mcp-server-time==1 ...", "uvx", ["mcp-server-time==1", "--local-timezone", "UTC"]),
    ("python -m mcp_server_time", "python", ["-m", "mcp_server_time"]),
    ("sh -c 'exec clock'", "sh", ["-c", "exec clock"]),
    ("uvx --from git+https://example.com/x clock", "uvx", ["--from", "git+https://example.com/x", "clock"]),
]
REFUSED = [
    ("clock", "clock", ["--utc"]),
    ("clock --utc", "clock", []),
    ("clock --utc", "clock", ["--UTC"]),
    ("clock --utc ...", "clock", ["now", "--utc"]),
    ("clock", "/usr/bin/clock", []),
    ("/usr/bin/clock", "clock", []),
    ("/usr/bin/clock", "/usr/bin/../bin/clock", []),
    ("/usr/bin/clock", "//usr/bin/clock", []),
    ("clock", "./clock", []),
    ("clock", "clock ", []),
    ("clock", "Clock", []),
    ("clock", "сlock", []),  # noqa: RUF001 - a Cyrillic letter
    ("files *", "files", ["-r"]),
    ("files **", "files", ["-r"]),
    ("files **", "files", ["@list"]),
    ("files *", "files", [""]),
    ("files *", "files", ["a/b"]),
    ("files *", "files", ["a b"]),
    ("files *", "files", ["a\nb"]),
    ("files *", "files", ["..."]),
    ("files *", "files", [".hidden"]),
    ("files *", "files", ["a..b"]),
    ("files *", "files", ["é"]),
    ("files *", "files", ["１"]),  # noqa: RUF001 - a full-width digit
    ("files *", "files", ["a" * 257]),
    ("files /data/**", "files", ["/data/../etc/passwd"]),
    ("files /data/**", "files", ["/data/.."]),
    ("files /data/**", "files", ["/data/./x"]),
    ("files /data/**", "files", ["/data/a;id"]),
    ("files /data/**", "files", ["/data/$(id)"]),
    ("files --root=**", "files", ["--root=../x"]),
    ("uvx mcp-server-*==*", "uvx", ["mcp-server-git"]),
    ("uvx mcp-server-*==*", "uvx", ["mcp-server-git[evil]==1"]),
    ("uvx mcp-server-*==*", "uvx", ["mcp-server-git==1 @ https://evil.example"]),
    ("uvx mcp-server-*==*", "uvx", ["mcp-server-git==1@https://evil.example"]),
    ("npx -y @modelcontextprotocol/*@*", "npx", ["-y", "@modelcontextprotocol/x@npm:evil@1"]),
    ("npx -y @modelcontextprotocol/*@*", "npx", ["-y", "@modelcontextprotocol/x@evil.tgz"]),
    ("npx -y @modelcontextprotocol/*@*", "npx", ["-y", "@modelcontextprotocol/x@./evil"]),
    ("npx -y @modelcontextprotocol/*@*", "npx", ["-y", "@modelcontextprotocol/x@.evil"]),
    ("npx -y ts*", "npx", ["-y", "tsx"]),
    ("uvx py*", "uvx", ["python"]),
]


@pytest.mark.parametrize(("rule", "command", "args"), ALLOWED)
def test_a_rule_allows_what_its_words_say(rule: str, command: str, args: list[str]) -> None:
    assert read_command(rule).allows(command, args)


@pytest.mark.parametrize(("rule", "command", "args"), REFUSED)
def test_a_rule_allows_nothing_else(rule: str, command: str, args: list[str]) -> None:
    assert not read_command(rule).allows(command, args)


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("", "exact name or absolute path"),
        ("*", "exact name"),
        ("mcp-* x", "exact name"),
        ("./clock", "exact name"),
        ("bin/clock", "exact name"),
        ("/opt/../bin/sh", "exact name"),
        ("сlock", "exact name"),  # noqa: RUF001 - a Cyrillic letter
        ("clock 'open", "close the quotes"),
        ("clock \x1b[2J", "control characters"),
        ("clock -*", "could be any option"),
        ("clock --*=x", "could be any option"),
        ("clock ***", "another one than"),
        ("clock *a*b*c*", "more than 3"),
        ("uvx *", "could be any program"),
        ("uvx *==*", "could be any program"),
        ("uvx ...", "names its program"),
        ("uvx --from mcp-*==* time", "names its program"),
        ("uvx --with * time", "names its program"),
        ("uvx --from mcp-server-git ...", "names its program"),
        ("npx -y ...", "names its program"),
        ("npx -y **", "could be any program"),
        ("npx -c *", "names its program"),
        ("npx --call=* x", "names its program"),
        ("npx -y @*/x@1", "could be any program"),
        ("npx -y tsx ...", "tsx runs whatever"),
        ("npx -y tsx@4 ...", "tsx runs whatever"),
        ("uvx python ...", "names its program"),
        ("python *", "could be any program"),
        ("python3.12 -c *", "names its program"),
        ("/usr/bin/python3 -m *", "could be any program"),
        ("python -m pip ...", "pip runs whatever"),
        ("node -e *", "names its program"),
        ("nodejs --import=* x.js", "names its program"),
        *((f"{name} *", "runs whatever its arguments say") for name in ("sh", "bash", "env", "xargs",
        "busybox")),
        *((f"{name} ...", "runs whatever") for name in ("/bin/dash", "perl5.36", "ruby3.2", "deno",
        "bun", "uv")),
        *((f"{name} x ...", "runs whatever") for name in ("docker", "git", "npm", "find",
        "/lib64/ld-linux-x86-64.so.2")),
    ],
)  # fmt: skip
def test_a_rule_that_could_mean_any_code_is_refused(rule: str, reason: str) -> None:
    with pytest.raises(AllowError, match=reason):
        read_command(rule)


ARGUMENT = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["...", "*", "**", "--token", "--api-key=abcdef", "-y", "https://user:pass@h/", "a b", "'"]
    ),
)


@given(
    st.text(max_size=20) | st.sampled_from(["uvx", "sh", "/opt/x", "clock"]), st.lists(ARGUMENT, max_size=4)
)
def test_a_proposed_rule_allows_the_command_and_nothing_near_it(command: str, args: list[str]) -> None:
    server = Server(name="s", transport=Transport.STDIO, command=command, args=tuple(args))
    reason = Allow().judge(server).reason
    if "add " not in reason:
        assert "none can be proposed" in reason
        return
    import json

    line, _ = json.JSONDecoder().raw_decode(reason, reason.index("add ") + 4)
    allow = parse_allow({"commands": [line]})
    assert allow.judge(server).allowed
    for other in ((*args, "--more"), tuple(args[1:]), ("-c", *args)):
        changed = Server(name="s", transport=Transport.STDIO, command=command, args=other)
        assert other == tuple(args) or not allow.judge(changed).allowed or "**" in line


def test_a_match_takes_no_time_that_an_argument_could_stretch() -> None:
    import time

    rule = read_command("clock *-*-*")
    began = time.process_time()
    for argument in ("a-" * 128, "a" * 256, "-" * 256, "a-" * 500_000):
        rule.allows("clock", [argument])
    assert time.process_time() - began < 5

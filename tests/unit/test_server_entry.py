"""Server entries as people's MCP clients have them."""

from typing import Any

import pytest

from corpus import entry
from mcp_jobs.core.envelope import decode
from mcp_jobs.core.servers import Server, Transport

PEM = "-----BEGIN KEY-----\n\tabc\r\n"


def stdio(**fields: Any) -> Server:
    return Server(name="s", transport=Transport.STDIO, command="npx", **fields)


def remote(
    url: str = "https://h/mcp", transport: Transport = Transport.STREAMABLE_HTTP, **fields: Any
) -> Server:
    return Server(name="s", transport=transport, url=url, **fields)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, stdio()),
        ({"args": ["-y", "", "a b", "é", PEM]}, stdio(args=("-y", "", "a b", "é", PEM))),
        ({"args": None, "env": None, "cwd": None, "url": None, "headers": None, "timeout": None}, stdio()),
        (
            {"env": {"KEY": PEM, "PORT": 80, "RATIO": 0.5, "DEBUG": True, "EMPTY": "", "REF": "${TOKEN:-x}"}},
            stdio(
                env={
                    "KEY": PEM,
                    "PORT": "80",
                    "RATIO": "0.5",
                    "DEBUG": "true",
                    "EMPTY": "",
                    "REF": "${TOKEN:-x}",
                }
            ),
        ),
        (
            {"args": ["${HOME}", "$X", "${env:X}", "${input:-x}"]},
            stdio(args=("${HOME}", "$X", "${env:X}", "${input:-x}")),
        ),
        ({"envFile": "keys.env", "cwd": "sub/dir"}, stdio(env_file="keys.env", cwd="sub/dir")),
        ({"type": "StdIO", "optional": True}, stdio(optional=True)),
        ({"disabled": True}, stdio(disabled=True)),
        ({"enabled": False}, stdio(disabled=True)),
        ({"enabled": True, "disabled": False}, stdio()),
        (
            {"includeTools": ["a", "b"], "excludeTools": ["b"]},
            stdio(include_tools=("a", "b"), exclude_tools=("b",)),
        ),
        ({"includeTools": []}, stdio(include_tools=())),
        ({"allowed_tools": ["a"], "disabledTools": ["b"]}, stdio(include_tools=("a",), exclude_tools=("b",))),
        (
            {"enabled_tools": ["a"], "disabled_tools": ["b"]},
            stdio(include_tools=("a",), exclude_tools=("b",)),
        ),
    ],
)
def test_a_stdio_entry_is_read(fields: dict[str, Any], expected: Server) -> None:
    envelope = decode(entry(command="npx", **fields))
    assert envelope.servers == (expected,)
    assert (envelope.unknown_fields, envelope.warnings) == ({}, ())


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"url": "https://h/mcp"}, remote()),
        ({"httpUrl": "https://h/mcp"}, remote()),
        ({"serverUrl": "https://h/mcp"}, remote()),
        ({"url": "https://h/mcp", "httpUrl": "https://h/mcp"}, remote()),
        ({"url": "https://h/sse"}, remote("https://h/sse", Transport.SSE)),
        ({"url": "https://h/a/sse/?key=1"}, remote("https://h/a/sse/?key=1", Transport.SSE)),
        ({"serverUrl": "https://h/sse"}, remote("https://h/sse", Transport.SSE)),
        ({"httpUrl": "https://h/sse"}, remote("https://h/sse")),
        ({"url": "https://h/sse", "type": "http"}, remote("https://h/sse")),
        ({"url": "https://h/mcp", "type": "sse"}, remote(transport=Transport.SSE)),
        ({"url": "https://h/mcp", "transport": "Streamable_HTTP", "type": "http"}, remote()),
        ({"url": "https://h/mcp", "type": "streamableHttp"}, remote()),
        ({"url": "HTTP://[::1]:8080/mcp"}, remote("HTTP://[::1]:8080/mcp")),
        ({"url": "https://${HOST}:${PORT}/mcp"}, remote("https://${HOST}:${PORT}/mcp")),
        (
            {"url": "https://h/mcp", "headers": {"Authorization": "Bearer x ", "X-Tries": 3}},
            remote(headers={"Authorization": "Bearer x", "X-Tries": "3"}),
        ),
    ],
)
def test_a_remote_entry_is_read(fields: dict[str, Any], expected: Server) -> None:
    envelope = decode(entry(**fields))
    assert envelope.servers == (expected,)
    assert (envelope.unknown_fields, envelope.warnings) == ({}, ())


@pytest.mark.parametrize(
    ("type_", "expected", "warning"),
    [
        ("stdio", stdio(), "payload.mcpServers.s.url was ignored, as the type is stdio"),
        (
            "sse",
            remote(transport=Transport.SSE),
            "payload.mcpServers.s.command was ignored, as the type is sse",
        ),
    ],
)
def test_the_type_decides_between_command_and_url_and_says_so(
    type_: str, expected: Server, warning: str
) -> None:
    envelope = decode(entry(type=type_, command="npx", url="https://h/mcp"))
    assert (envelope.servers, envelope.warnings) == ((expected,), (warning,))


@pytest.mark.parametrize(
    ("timeout", "seconds"),
    [
        ("500ms", 0.5),
        ("30s", 30.0),
        ("2m", 120.0),
        ("1.5 S", 1.5),
        ("0.1s", 0.1),
        ("24h", 86400.0),
        (" 7ms ", 0.007),
    ],
)
def test_a_timeout_with_a_unit_is_exact(timeout: str, seconds: float) -> None:
    envelope = decode(entry(command="npx", timeout=timeout))
    assert (envelope.servers, envelope.warnings) == ((stdio(timeout_seconds=seconds),), ())


@pytest.mark.parametrize(
    ("timeout", "seconds", "reading"),
    [
        (30, 30.0, "30 was read as seconds"),
        (999.5, 999.5, "999.5 was read as seconds"),
        (1000, 1.0, "1000 was read as milliseconds"),
        (600000, 600.0, "600000 was read as milliseconds"),
    ],
)
def test_a_timeout_without_a_unit_says_how_it_was_read(timeout: float, seconds: float, reading: str) -> None:
    envelope = decode(entry(command="npx", timeout=timeout))
    assert envelope.servers == (stdio(timeout_seconds=seconds),)
    assert envelope.warnings == (f"payload.mcpServers.s.timeout has no unit: {reading}",)


@pytest.mark.parametrize(
    ("include", "exclude", "allowed"),
    [
        (None, (), True),
        (None, ("now",), False),
        (("now",), (), True),
        (("zones",), (), False),
        ((), (), False),
        (("now",), ("now",), False),
        (("Now",), ("NOW",), False),
    ],
)
def test_a_tool_is_allowed_if_included_and_not_excluded(
    include: tuple[str, ...] | None, exclude: tuple[str, ...], allowed: bool
) -> None:
    assert stdio(include_tools=include, exclude_tools=exclude).allows("now") is allowed

"""Malformed messages, each with a part of the sentence that tells a person what is wrong with it."""

import json
from typing import Any, NamedTuple

Headers = tuple[tuple[str, bytes], ...]
#: name, value, part of the sentence
Row = tuple[str, bytes | None, str]


class Malformed(NamedTuple):
    """One message that is no envelope."""

    name: str
    value: bytes | None
    headers: Headers
    fragment: str


EVENT: Headers = (
    ("ce_specversion", b"1.0"),
    ("ce_id", b"e-1"),
    ("ce_source", b"/tests"),
    ("ce_type", b"job"),
)
NOW = {"server": "time", "tool": "now"}
TIME = {"command": "uvx", "args": ["mcp-server-time"]}


def seed(payload: Any, **others: Any) -> bytes:
    """A message in the seed form: its payload is JSON in a string."""
    return json.dumps({"jobId": "j-1", "payload": json.dumps(payload), **others}).encode()


def text(payload: str) -> bytes:
    """A message in the seed form whose payload is this text."""
    return json.dumps({"jobId": "j-1", "payload": payload}).encode()


def entry(**fields: Any) -> bytes:
    """A message with the one server "s"."""
    return seed({"mcpServers": {"s": fields}})


def stdio(**fields: Any) -> bytes:
    """A message with a stdio server."""
    return entry(command="uvx", **fields)


def remote(**fields: Any) -> bytes:
    """A message with a streamable HTTP server."""
    return entry(url="http://h/", **fields)


def job(**fields: Any) -> bytes:
    """A message with a valid payload, and these fields beside it."""
    return seed({"s": TIME}, **fields)


def calls(*items: Any, **server: Any) -> bytes:
    """A message with the one server "time" and these calls."""
    return seed({"mcpServers": {"time": {**TIME, **server}}, "calls": items})


def event(**fields: Any) -> bytes:
    """A structured CloudEvent; a field that is None is left out."""
    attributes = {"specversion": "1.0", "id": "e-1", "source": "/tests", "type": "job", **fields}
    return json.dumps({name: value for name, value in attributes.items() if value is not None}).encode()


WHOLE_MESSAGE: list[Row] = [
    ("a tombstone", None, "a message without a value"),
    ("an empty value", b"", "a message without a value"),
    ("blanks only", b" \n\t", "expected JSON, found nothing"),
    ("a byte order mark only", b"\xef\xbb\xbf", "expected JSON, found nothing"),
    ("plain text", b"hello", "expected JSON, found a mistake at line 1 column 1"),
    ("a truncated object", b'{"jobId": "j-1",\n "payload"', "found a mistake at line 2 column 11"),
    ("single quotes", b"{'jobId': 'j-1'}", "found a mistake at line 1 column 2"),
    ("two documents", b'{"jobId": "a"}{"jobId": "b"}', "(Extra data)"),
    ("Latin-1", '{"jobId": "café"}'.encode("latin-1"), "expected UTF-8 text, found byte 0xe9"),
    ("UTF-16", '{"jobId": "j"}'.encode("utf-16"), "expected UTF-8 text, found byte 0xff at offset 0"),
    ("null bytes", b"\0\0\0\0", "found a zero byte first"),
    ("a schema registry's prefix", b"\0\0\0\0\x07" + entry(command="uvx"), "as schema registries put it"),
    ("gzip", b"\x1f\x8b\x08\x00\x00", "expected UTF-8 text, found byte 0x8b at offset 1"),
    ("a list", b"[" + entry(command="uvx") + b"]", "expected an object, found a list"),
    ("a string", b'"j-1"', "expected an object, found a string"),
    ("a number", b"17", "expected an object, found the number 17"),
    ("null", b"null", "expected an object, found nothing"),
    ("a raw line end in a string", b'{"jobId": "a\nb"}', "(Invalid control character)"),
    ("deep lists", b"[" * 100_000, "expected at most 100 levels of nesting"),
    ("deep objects", b'{"a":' * 100_000, "expected at most 100 levels of nesting"),
    ("101 levels", b"[" * 102 + b"]" * 102, "expected at most 100 levels of nesting"),
    ("five megabytes", seed({"blob": "x" * 5_000_000}), "expected at most 1,048,576 bytes, found 5,000,"),
    ("a key twice", b'{"jobId": "a", "jobId": "b"}', "jobId: expected each key once"),
    ("NaN", b'{"jobId": "a", "priority": NaN}', "priority: expected a number, found NaN"),
    ("minus infinity", b'{"jobId": "a", "p": [-Infinity]}', "p[0]: expected a number, found -Infinity"),
    ("a number beyond floats", b'{"jobId": "a", "p": 1e999}', "p: expected a number, found '1e999'"),
    ("a number of 5000 digits", b'{"jobId": ' + b"9" * 5000 + b"}", "jobId: expected a number, found one of"),
    ("half a character", b'{"jobId": "\\ud800"}', "jobId: expected characters, found half of a surrogate"),
    ("half a character in a key", b'{"\\udfff": 1}', "['\\udfff']: expected characters, found half"),
]

JOB: list[Row] = [
    ("no fields", b"{}", "jobId: expected a non-empty string, found nothing"),
    ("no jobId", json.dumps({"payload": {"mcpServers": {"s": TIME}}}).encode(), "jobId: expected"),
    ("a jobId of null", job(jobId=None), "jobId: expected a non-empty string, found nothing"),
    ("an empty jobId", job(jobId=""), "jobId: expected a non-empty string"),
    ("a blank jobId", job(jobId="  "), "jobId: expected a non-empty string"),
    ("a jobId of true", job(jobId=True), "jobId: expected a string, found true"),
    ("a fractional jobId", job(jobId=1.5), "jobId: expected a string, found the number 1.5"),
    ("a jobId in a list", job(jobId=["j"]), "jobId: expected a string, found a list"),
    ("a null byte in the jobId", job(jobId="j\0"), "jobId: expected no control characters"),
    ("a long jobId", job(jobId="j" * 201), "jobId: expected at most 200 characters, found 201"),
    ("two jobIds of two types", job(jobId=1, job_id=1.0), "job_id: expected the same value as jobId"),
    ("two jobIds", job(job_id="j-2"), "job_id: expected the same value as jobId"),
    ("a tenant with a space", job(tenant="team a"), "tenant: expected 1 to 63 letters"),
    ("a tenant of 64 letters", job(tenant="t" * 64), f"found '{'t' * 40}…'"),
    ("a tenant with a dash last", job(tenant="team-"), "found 'team-'"),
    ("a tenant with a line end", job(tenant="team\n"), "tenant: expected no control characters"),
    ("a numeric tenant", job(tenant=7), "tenant: expected a string, found the number 7"),
    (
        "two tenants",
        seed({"mcpServers": {"s": TIME}, "tenant": "a"}, tenant="b"),
        "tenant: expected the same",
    ),
]

PAYLOAD: list[Row] = [
    ("no payload", b'{"jobId": "j-1"}', "payload: expected mcpServers, servers, or a map of servers"),
    ("an empty payload", b'{"jobId": "j-1", "payload": ""}', "payload: expected JSON, found nothing"),
    ("a payload of text", b'{"jobId": "j-1", "payload": "run"}', "payload: expected JSON, found a mistake"),
    ("a list as payload", seed([TIME]), "payload: expected an object, found a list"),
    (
        "a number as payload",
        b'{"jobId": "j-1", "payload": 5}',
        "payload: expected an object, found the number",
    ),
    ("a payload in a string in a string", seed(json.dumps({"s": TIME})), "payload: expected an object"),
    ("two payloads", job(Payload={}), "Payload: expected the same value as payload"),
    ("a deep payload", text("[" * 100_000), "payload: expected at most 100 levels"),
    ("a truncated payload", text('{"s": {'), "payload: expected JSON, found a mistake at line 1"),
    ("NaN in the payload", seed({"p": float("nan")}), "payload.p: expected a number, found NaN"),
    ("an empty object as payload", seed({}), "payload: expected mcpServers, servers, or a map of servers"),
    ("no servers", seed({"mcpServers": {}}), "payload.mcpServers: expected 1 to 64 servers, found 0"),
    ("65 servers", seed({f"s{n}": TIME for n in range(65)}), "expected 1 to 64 servers, found 65"),
    ("servers in a list", seed({"mcpServers": [TIME]}), "mcpServers: expected an object, found a list"),
    ("servers in two places", seed({"servers": {"a": TIME}}, servers={}), "servers: expected the same"),
    ("a stranger among servers", seed({"a": TIME, "b": {}}), "payload.b: expected a server entry"),
    (
        "two servers of one name",
        text('{"mcpServers": {"time": {}, "time": {}}}'),
        "payload.mcpServers.time: expected each key",
    ),
    ("a nameless server", seed({"mcpServers": {"": TIME}}), "expected server names of 1 to 128 printable"),
    ("a null byte in a server's name", seed({"mcpServers": {"a\0": TIME}}), "found 'a\\x00'"),
    ("a server's name of 129 letters", seed({"servers": {"s" * 129: TIME}}), "expected server names of 1"),
]

SERVER: list[Row] = [
    ("a server of text", seed({"mcpServers": {"s": "uvx"}}), "s: expected an object, found a string"),
    ("a server of null", seed({"mcpServers": {"s": None}}), "s: expected an object, found nothing"),
    ("no command and no url", entry(args=["x"]), "mcpServers.s: expected command or url, found neither"),
    ("command and url", stdio(url="http://h/mcp"), "expected command or url, or a type that"),
    (
        "stdio without a command",
        entry(type="stdio", url="http://h/"),
        "s.command: expected a command, as the type is stdio",
    ),
    ("sse without a url", entry(type="sse", command="uvx"), "s.url: expected a URL, as the type is sse"),
    ("an unknown type", entry(type="websocket", url="http://h/"), "s.type: expected stdio, http,"),
    ("a numeric type", entry(type=1, url="http://h/"), "s.type: expected a string, found the number 1"),
    ("two types", entry(type="sse", transport="http", url="http://h/"), "expected one type, found sse and"),
    ("a command in a list", entry(command=["uvx", "x"]), "s.command: expected a string, found a list"),
    ("a blank command", entry(command=" "), "s.command: expected a non-empty string"),
    ("a null byte in the command", entry(command="uvx\0"), "s.command: expected no control characters"),
    ("a line end in the command", entry(command="uvx\n"), "found U+000A at position 3"),
    ("args in a string", stdio(args="-v x"), "s.args: expected a list, found a string"),
    ("a numeric arg", stdio(args=["-p", 80]), "s.args[1]: expected a string, found the number 80"),
    ("an arg of null", stdio(args=[None]), "s.args[0]: expected a string, found null"),
    ("a null byte in an arg", stdio(args=["a\0"]), "s.args[0]: expected no control characters"),
    ("an escape sequence in an arg", stdio(args=["\x1b[31m"]), "found U+001B at position 0"),
    ("env in a list", stdio(env=["A=1"]), "s.env: expected an object, found a list"),
    ("a variable of null", stdio(env={"KEY": None}), "s.env.KEY: expected a string, found null"),
    ("a variable of objects", stdio(env={"KEY": {}}), "s.env.KEY: expected a string"),
    ("a null byte in a variable", stdio(env={"KEY": "s3cret\0"}), "s.env.KEY: expected no control"),
    ("a variable's name with =", stdio(env={"A": "1", "B=s3cret": ""}), "at position 1"),
    ("a variable's name with a line end", stdio(env={"A\n": "s3cret"}), "s.env: expected printable names"),
    ("a nameless variable", stdio(env={"": "s3cret"}), "s.env: expected printable names without"),
    ("a numeric cwd", stdio(cwd=1), "s.cwd: expected a string, found the number 1"),
    ("an empty envFile", stdio(envFile=""), "s.envFile: expected a non-empty string"),
    ("a url of another scheme", entry(url="ws://h/"), "s.url: expected an http:// or https:// URL"),
    ("a url without a host", entry(url="http:///mcp"), "s.url: expected an http:// or https:// URL"),
    ("a url with a bad port", entry(url="http://h:x/"), "s.url: expected an http:// or https:// URL"),
    ("a url with a space", entry(url="http://h/a b"), "s.url: expected an http:// or https:// URL"),
    ("two urls", entry(url="http://a/", httpUrl="http://b/"), "s.httpUrl: expected the same value as"),
    ("headers in a string", remote(headers="A: s3cret"), "s.headers: expected an object"),
    ("a header of null", remote(headers={"A": None}), "s.headers.A: expected a string, found null"),
    ("a header's name with a colon", remote(headers={"A: s3cret": ""}), "expected names of HTTP"),
    ("a header with a line end", remote(headers={"A": "s3cret\r\nB: 2"}), "U+000D at position 6"),
    ("a header beyond ASCII", remote(headers={"A": "s3crét"}), "s.headers.A: expected ASCII"),
    ("a timeout without a unit", stdio(timeout="30"), "s.timeout: expected a number with its unit"),
    ("a timeout of words", stdio(timeout="soon"), "found 'soon'"),
    ("a timeout of zero", stdio(timeout=0), "s.timeout: expected more than 0"),
    ("a negative timeout", stdio(timeout=-5), "at most 86400 seconds, found -5"),
    ("a timeout of two days", stdio(timeout="48h"), "at most 86400 seconds, found 172800"),
    ("a timeout of true", stdio(timeout=True), "s.timeout: expected a number with its unit"),
    ("disabled in words", stdio(disabled="no"), "s.disabled: expected true or false, found a string"),
    ("disabled and enabled", stdio(disabled=True, enabled=True), "expected the opposite of"),
    ("a numeric optional", stdio(optional=1), "s.optional: expected true or false"),
    ("tools in a string", stdio(includeTools="a"), "s.includeTools: expected a list"),
    ("a numeric tool", stdio(excludeTools=[1]), "s.excludeTools[0]: expected a string"),
    ("an input of VS Code", stdio(env={"K": "${input:key}"}), "s.env.K: expected a value, found"),
    ("a workspace folder", stdio(args=["${workspaceFolder}/a"]), "which only an editor can fill in"),
]

CALL: list[Row] = [
    ("calls in an object", seed({"mcpServers": {"s": TIME}, "calls": {}}), "payload.calls: expected a list"),
    ("a call of text", calls("get_time"), "payload.calls[0]: expected an object, found a string"),
    ("a call of null", calls(None), "payload.calls[0]: expected an object, found nothing"),
    ("a call without a server", calls({"tool": "now"}), "calls[0].server: expected the name of a server"),
    ("a call without a tool", calls({"server": "time"}), "calls[0].tool: expected the name of a tool"),
    (
        "a call of no server here",
        calls({"server": "git", "tool": "log"}),
        "a server of this message, found 'git'",
    ),
    (
        "a call of a disabled server",
        calls(NOW, disabled=True),
        "expected an enabled server, found 'time' disabled",
    ),
    (
        "a call of an excluded tool",
        calls(NOW, includeTools=["now"], excludeTools=["now"]),
        "calls[0].tool: expected a tool that 'time' does",
    ),
    (
        "a call of a tool that is not included",
        calls(NOW, includeTools=["zones"]),
        "calls[0].tool: expected a tool that 'time' does",
    ),
    (
        "arguments in a string",
        calls({**NOW, "arguments": "{}"}),
        "calls[0].arguments: expected an object, found a string",
    ),
    ("257 calls", calls(*[NOW] * 257), "at most 256 calls, found 257"),
]

CLOUD_EVENT: list[Row] = [
    ("an old event", event(specversion="0.3"), "specversion: expected version 1.0, found"),
    ("a numeric specversion", event(specversion=1.0), "specversion: expected a string"),
    ("an event without an id", event(id=None), "id: expected a non-empty string"),
    ("an event without a source", event(source=None), "source: expected a non-empty string"),
    ("an event of a numeric type", event(type=3), "type: expected a string, found the number 3"),
    ("an event without data", event(), "data: expected the envelope or its payload, found nothing"),
    ("an event of text", event(data="run"), "data: expected JSON, found a mistake at line 1 column 1"),
    ("an event of XML", event(datacontenttype="text/xml", data="<a/>"), "datacontenttype: expected"),
    ("an event without base64", event(data_base64="?"), "data_base64: expected base64, found a string"),
    ("an event of other base64", event(data_base64="AAAA"), "data_base64: expected plain JSON"),
    ("an event of data twice", event(data={}, data_base64="e30="), "expected either data or data_base64"),
    ("a mistake in an event", event(data={"payload": {"s": {"command": 1}}}), "data.payload.s.command:"),
]

BINARY_EVENT = [
    Malformed("an empty binary event", b"", EVENT, "a message without a value"),
    Malformed(
        "a binary event without an id",
        seed({"s": TIME}),
        EVENT[:1] + EVENT[2:],
        "ce_id: expected a non-empty",
    ),
    Malformed(
        "an old binary event", b"{}", (("CE_SpecVersion", b"0.3"),), "ce_specversion: expected version 1.0"
    ),
    Malformed(
        "a binary event of XML", b"<a/>", (*EVENT, ("Content-Type", b"text/xml")), "content-type: expected"
    ),
    Malformed(
        "a header of other bytes", b"{}", (*EVENT, ("ce_subject", b"\xff")), "ce_subject: expected UTF-8 text"
    ),
    Malformed("a header twice", b"{}", (*EVENT, ("ce_id", b"e-2")), "ce_id: expected one value, found two"),
    Malformed(
        "a tenant of bad form", b"{}", (*EVENT, ("ce_tenant", b"a b")), "ce_tenant: expected 1 to 63 letters"
    ),
]

ROWS = WHOLE_MESSAGE + JOB + PAYLOAD + SERVER + CALL + CLOUD_EVENT
MALFORMED: list[Malformed] = [
    *(Malformed(name, value, (), part) for name, value, part in ROWS),
    *BINARY_EVENT,
]

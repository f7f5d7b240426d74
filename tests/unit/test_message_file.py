"""The files that `mcp-jobs local run` takes."""

import json
from itertools import count

import pytest

from corpus import TIME
from mcp_jobs.core.envelope import decode
from mcp_jobs.core.errors import EnvelopeError
from mcp_jobs.core.message_file import read_file

FIRST = '{"jobId": "a", "payload": {"time": {"command": "uvx"}}}'
SECOND = '{"job_id": "b",  "payload": "{\\"time\\": {\\"command\\": \\"\u2028\\"}}"}'
EVENT = '{"specversion": "1.0", "id": "e", "data": {}}'
BESIDE = json.dumps({"jobId": "c", "mcpServers": {"time": TIME}})
BARE = json.dumps({"mcpServers": {"time": TIME}})


def read(text: str, name: str = "jobs.json") -> list[str]:
    numbers = count(1)
    return [value.decode() for value in read_file(text, name, lambda: f"n{next(numbers)}")]


def wrapped(job_id: str, payload: str) -> str:
    return json.dumps({"jobId": job_id, "payload": payload})


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        (FIRST, [FIRST]),
        ("\ufeff" + FIRST, [FIRST]),
        (json.dumps(json.loads(FIRST), indent=2), [json.dumps(json.loads(FIRST), indent=2)]),
        (EVENT, [EVENT]),
        (f"[{FIRST},\n {SECOND} ]\n", [FIRST, SECOND]),
        (f"[{FIRST}, 5, {BARE}]", [FIRST, "5", wrapped("jobs-n1", BARE)]),
        (f"{BARE}\n{BARE}\n", [wrapped("jobs-n1", BARE), wrapped("jobs-n2", BARE)]),
        (BESIDE, [BESIDE]),
        ("[]", []),
        (f"{FIRST}\n{SECOND}\n{EVENT}\n", [FIRST, SECOND, EVENT]),
        (f"{FIRST}\r\n\r\n{SECOND}\r\n", [FIRST, SECOND]),
        (f"{FIRST}\n{BARE}\n{BARE}", [FIRST, wrapped("jobs-n1", BARE), wrapped("jobs-n2", BARE)]),
        ("", []),
        (" \n", []),
    ],
)
def test_a_file_holds_messages_as_json_or_json_lines(text: str, messages: list[str]) -> None:
    assert read(text) == messages


@pytest.mark.parametrize(
    ("text", "name", "messages"),
    [
        (f'{FIRST}\n{{"jobId": \nnull\n', "jobs.json", [FIRST, '{"jobId": ', "null"]),
        ("{'jobId': 1}\nhello", "jobs.jsonl", ["{'jobId': 1}", "hello"]),
        ("hello\nworld", "jobs.NDJSON", ["hello", "world"]),
        ('{"jobId": "a",\n "payload": }', "jobs.json", ['{"jobId": "a",\n "payload": }']),
        ("[" * 100_000, "jobs.json", ["[" * 100_000]),
        ("9" * 5000, "jobs.json", ["9" * 5000]),
        ('{"name": "x"}', "jobs.json", ['{"name": "x"}']),
        ("{}", "jobs.json", ["{}"]),
        ("null", "jobs.json", ["null"]),
    ],
)
def test_what_is_malformed_passes_unchanged(text: str, name: str, messages: list[str]) -> None:
    assert read(text, name) == messages


def test_bytes_that_are_no_utf_8_come_out_as_they_went_in() -> None:
    raw = b'{"jobId": "caf\xe9"}'
    text = (FIRST.encode() + b"\n" + raw).decode("utf-8", "surrogateescape")
    assert read_file(text, "jobs.json", str) == [FIRST.encode(), raw]


@pytest.mark.parametrize(
    "config",
    [
        BARE,
        json.dumps({"servers": {"time": TIME}, "inputs": []}),
        json.dumps({"time": TIME, "git": {"url": "http://h/"}}),
        json.dumps({"time": TIME, "calls": [{"server": "time", "tool": "now"}], "tenant": "a"}),
        json.dumps({"mcpServers": {}}),
    ],
)
def test_servers_without_an_envelope_become_one_job_named_after_the_file(config: str) -> None:
    assert read(config, "dir/.mcp.json") == [wrapped("mcp-n1", config)]


@pytest.mark.parametrize(
    ("name", "job_id"),
    [("a.b.json", "a.b-n1"), ("/dev/stdin", "stdin-n1"), ("..", "file-n1"), ("x" * 300, "x" * 100 + "-n1")],
)
def test_the_job_id_comes_from_the_stem_of_the_file(name: str, job_id: str) -> None:
    assert read(BARE, name) == [wrapped(job_id, BARE)]


def test_comments_and_trailing_commas_of_a_configuration_are_left_out() -> None:
    config = """{
        // my servers, https://example.com
        "servers": {
            "time": {"url": "http://h/*a*/,]",}, /* one
            more */
        },
    }"""
    [message] = read(config, "mcp.json")
    assert json.loads(json.loads(message)["payload"]) == {"servers": {"time": {"url": "http://h/*a*/,]"}}}


def test_a_server_that_stands_twice_in_a_configuration_is_found_out() -> None:
    [message] = read('{"mcpServers": {"time": {"command": "a"}, "time": {"command": "b"}}}')
    with pytest.raises(EnvelopeError, match=r"payload\.mcpServers\.time: expected each key once"):
        decode(message.encode())

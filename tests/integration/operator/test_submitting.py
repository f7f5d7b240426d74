"""`mcp-jobs submit`: for a tenant, many times, at a pace, and interrupted."""

import json
import signal
import subprocess
from collections.abc import Sequence

import pytest

from integration.operator.conftest import COMMAND, Desk, MakeDesk
from integration.operator.terminal import Terminal
from integration.operator.test_seeing import message


def sent(desk: Desk) -> list[dict[str, object]]:
    return [json.loads(record.value) for record in desk.workload.records(desk.workload.topic)]


def test_a_message_is_sent_many_times_for_a_tenant(make_desk: MakeDesk) -> None:
    desk = make_desk()

    printed = desk.run("submit", "-", "--count", "3", "--tenant", "other", text=message("a").decode())

    assert printed.split() == ["a-1", "a-2", "a-3"]
    assert [(m["jobId"], m["tenant"]) for m in sent(desk)] == [(f"a-{n}", "other") for n in (1, 2, 3)]


def test_as_json_each_line_says_where_the_message_is(make_desk: MakeDesk) -> None:
    desk = make_desk()

    printed = desk.run("submit", "-", "--count", "2", "--json", text=message("a").decode())

    assert [json.loads(line) for line in printed.splitlines()] == [
        {"jobId": f"a-{offset + 1}", "partition": 0, "offset": offset} for offset in (0, 1)
    ]


@pytest.mark.parametrize(
    ("text", "options", "problem"),
    [
        (message("a" * 199), ["--count", "10"], "stdin: jobId: expected at most 200 characters, found 202"),
        (message("a"), ["--tenant", "no/label"], "stdin: tenant: expected 1 to 63 letters"),
        (b"[1]", ["--no-validate", "--tenant", "acme"], "stdin: expected a JSON object, found int"),
        (
            b'{"payload": {}}',
            ["--no-validate", "--count", "2"],
            "stdin: jobId: expected a jobId to",
        ),
        (message("a"), ["--rate", "0/s"], "--rate is 0"),
    ],
)
def test_nothing_is_sent_where_one_message_can_not_be(
    make_desk: MakeDesk, text: bytes, options: Sequence[str], problem: str
) -> None:
    desk = make_desk()

    assert problem in desk.run("submit", "-", *options, text=text.decode(), code=2)

    assert desk.workload.lags() == {0: 0}


def test_messages_are_sent_at_a_pace(make_desk: MakeDesk) -> None:
    desk = make_desk()

    desk.run("submit", "-", "--count", "4", "--rate", "10/s", text=message("a").decode())

    times = [record.timestamp for record in desk.workload.records(desk.workload.topic)]
    assert len(times) == 4
    assert times[-1] - times[0] >= 290  # milliseconds


def test_interrupted_it_tells_of_all_that_were_sent(make_desk: MakeDesk) -> None:
    desk = make_desk()
    command = [*COMMAND, "submit", "-", "--count", "1000", "--rate", "5/s"]
    pipe = subprocess.PIPE
    # Unbuffered: communicate() would miss what readline() has read ahead.
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=pipe, bufsize=0, env=desk.environment()
    ) as submit:
        try:
            assert submit.stdin
            assert submit.stdout
            submit.stdin.write(message("a"))
            submit.stdin.close()
            submit.stdin = None
            first = submit.stdout.readline()
            submit.send_signal(signal.SIGINT)
            rest, complaints = submit.communicate(timeout=60)
        finally:
            submit.kill()

    ids = [first.strip(), *rest.split()]
    assert submit.returncode == 130
    assert desk.workload.lags() == {0: len(ids)}
    assert complaints.decode().strip() == f"mcp-jobs: interrupted; {len(ids)} of 1000 messages were sent"


def test_a_terminal_shows_how_far_it_is_and_standard_output_has_the_ids(make_desk: MakeDesk) -> None:
    desk = make_desk()
    with Terminal() as terminal:
        done = subprocess.run(
            [*COMMAND, "submit", "-", "--count", "5"],
            input=message("a"),
            stdout=subprocess.PIPE,
            stderr=terminal.end,
            env=desk.environment() | {"TERM": "xterm"},
            timeout=60,
            check=True,
        )
        terminal.close()

    assert done.stdout.split() == [b"a-1", b"a-2", b"a-3", b"a-4", b"a-5"]
    assert b"Sending" in terminal.shown
    assert b"5/5" in terminal.shown
    assert b"a-1" not in terminal.shown

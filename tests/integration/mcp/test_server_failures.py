"""Servers that don't come up: which failure it is, what a person reads, and whether to try again."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from integration.mcp.harness import call, run, scripted, stdio
from mcp_jobs.adapters.mcp.limits import Surroundings
from mcp_jobs.core.failure import Failure, FailureClass
from mcp_jobs.core.report import ServerStatus, WorkReport
from mcp_jobs.core.servers import Server, Transport


def failure_of(report: WorkReport) -> Failure:
    """The one failure of a message whose only server failed."""
    [server] = report.servers
    assert server.status is ServerStatus.FAILED
    assert server.details is None
    assert report.failure is not None
    assert report.failure == server.failure
    return report.failure


def test_a_command_that_is_not_there_fails_for_good(surroundings: Surroundings) -> None:
    server = Server(name="tool", transport=Transport.STDIO, command="no-such-command")
    failure = failure_of(run(surroundings, [server]))
    assert (failure.kind, failure.retriable) == (FailureClass.SPAWN, False)
    assert failure.message.startswith(
        "Server 'tool' could not be started: there is no command 'no-such-command'"
    )


def test_a_file_that_is_no_program_fails_for_good(surroundings: Surroundings) -> None:
    (surroundings.work_dir / "notes.txt").touch()
    server = Server(name="tool", transport=Transport.STDIO, command="./notes.txt")
    failure = failure_of(run(surroundings, [server]))
    assert (failure.kind, failure.retriable) == (FailureClass.SPAWN, False)
    assert failure.message == "Server 'tool' could not be started: './notes.txt': Permission denied"


def test_an_argument_no_process_can_have_fails_for_good(surroundings: Surroundings) -> None:
    failure = failure_of(run(surroundings, [stdio("tool", "-c", "a\0b")]))
    assert (failure.kind, failure.retriable) == (FailureClass.SPAWN, False)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (
            "import nothing_here",
            "ended with exit code 1 before it answered; its stderr ended with: Traceback",
        ),
        ("import nothing_here", "| ModuleNotFoundError: No module named 'nothing_here'"),
        ("pass", "ended with exit code 0 before it answered; it wrote nothing to stderr"),
        (
            "import os; os.kill(os.getpid(), 9)",
            "was killed by SIGKILL (often: out of memory) before it answered",
        ),
        ("import os; os.kill(os.getpid(), 11)", "was killed by SIGSEGV before it answered"),
    ],
)
def test_a_process_that_ends_before_it_answers_may_be_tried_again(
    surroundings: Surroundings, code: str, words: str
) -> None:
    failure = failure_of(run(surroundings, [stdio("crash", "-c", code)]))
    assert (failure.kind, failure.retriable) == (FailureClass.SPAWN, True)
    assert words in failure.message


def test_a_server_that_crashes_at_its_start_is_started_once(
    surroundings: Surroundings, tmp_path: Path
) -> None:
    count = tmp_path / "count"
    run(surroundings, [stdio("crash", "-c", f"open({str(count)!r}, 'a').write('.'); raise SystemExit(3)")])
    assert count.read_text(encoding="ascii") == "."


def test_of_a_long_stderr_the_last_lines_are_shown_without_escapes(surroundings: Surroundings) -> None:
    code = r"""
import sys
for number in range(5000): print(f'\x1b[31mline {number}\x1b[0m\x07 \x1b]0;title\x07', file=sys.stderr)
sys.exit(1)
"""
    message = failure_of(run(surroundings, [stdio("crash", "-c", code)])).message
    assert message.endswith("| line 4998 | line 4999")
    assert "line 4979" not in message
    assert len(message) < 1200
    assert message.isprintable()


def test_a_server_that_says_nothing_is_given_up_in_time(surroundings: Surroundings) -> None:
    server = stdio("silent", "-c", "import sys; sys.stderr.write('waiting for a key'); sys.stdin.read()")
    failure = failure_of(run(surroundings, [server], server_start_seconds=0.6))
    assert (failure.kind, failure.retriable) == (FailureClass.TIMEOUT, True)
    assert failure.message == (
        "Server 'silent' did not answer initialize within 0.6 s; its stderr ended with: waiting for a key"
    )


def test_a_program_that_speaks_no_mcp_is_recognized_by_its_words(surroundings: Surroundings) -> None:
    server = stdio("shell", "-c", "print('Welcome! Type help.', flush=True); import sys; sys.stdin.read()")
    failure = failure_of(run(surroundings, [server], server_start_seconds=0.6))
    assert (failure.kind, failure.retriable) == (FailureClass.PROTOCOL, False)
    assert "wrote to its standard output what is not MCP: 'Welcome! Type help.'" in failure.message


def test_an_answer_that_is_not_an_initialize_result_breaks_the_protocol(surroundings: Surroundings) -> None:
    code = """
import json, sys
for line in sys.stdin:
    number = json.loads(line)["id"]
    print(json.dumps({"jsonrpc": "2.0", "id": number, "result": {"hello": 1}}), flush=True)
"""
    failure = failure_of(run(surroundings, [stdio("odd", "-c", code)]))
    assert (failure.kind, failure.retriable) == (FailureClass.PROTOCOL, False)
    assert "answered initialize with what is not MCP: capabilities: Field required" in failure.message


def test_a_message_without_end_is_not_read_to_its_end(surroundings: Surroundings) -> None:
    code = "import sys\nwhile True: sys.stdout.write('x' * 2**20)"
    failure = failure_of(run(surroundings, [stdio("flood", "-c", code)]))
    assert (failure.kind, failure.retriable) == (FailureClass.PROTOCOL, False)
    assert "sent a message longer than 16 MiB" in failure.message


def test_a_closed_stdout_ends_the_wait(surroundings: Surroundings) -> None:
    code = "import os, sys; os.close(1); sys.stdin.read()"
    failure = failure_of(run(surroundings, [stdio("mute", "-c", code)]))
    assert (failure.kind, failure.retriable) == (FailureClass.SPAWN, True)
    assert "closed its end of the connection" in failure.message


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"env": {"LD PRELOAD": "/tmp/x.so"}}, "has an env entry whose name can't be a variable's"),
        ({"env_file": "../token"}, "names envFile '../token': '..' is not allowed there"),
        ({"env_file": "nothing"}, "names envFile 'nothing', which can't be read"),
        ({"cwd": "/"}, "has cwd '/', which is not in the directory"),
    ],
)
def test_what_a_message_may_not_ask_for_is_refused(
    surroundings: Surroundings, tmp_path: Path, fields: dict[str, object], words: str
) -> None:
    count = tmp_path / "count"
    failure = failure_of(run(surroundings, [scripted("wish", f"--count={count}", **fields)]))
    assert (failure.kind, failure.retriable) == (FailureClass.REFUSED, False)
    assert words in failure.message
    assert not count.exists()


def test_nothing_starts_where_one_that_is_needed_is_refused(
    surroundings: Surroundings, tmp_path: Path
) -> None:
    count = tmp_path / "count"
    refused = scripted("wish", env={"LD PRELOAD": "/tmp/x.so"})

    report = run(surroundings, [scripted("good", f"--count={count}"), refused])

    assert report.failure is not None
    assert report.failure.kind is FailureClass.REFUSED
    assert [server.status for server in report.servers] == [ServerStatus.NOT_STARTED, ServerStatus.FAILED]
    assert not count.exists()


def test_a_directory_that_is_not_there_is_named(surroundings: Surroundings) -> None:
    failure = failure_of(run(surroundings, [scripted("lost", cwd="nowhere")]))
    assert (failure.kind, failure.retriable) == (FailureClass.SPAWN, False)
    assert "has cwd 'nowhere', which is no directory" in failure.message


CRASH = stdio("crash", "-c", "raise SystemExit(7)")
MISSING = Server(name="missing", transport=Transport.STDIO, command="no-such-command")


@pytest.mark.parametrize(
    ("servers", "first", "retriable"),
    [([CRASH], "crash", True), ([MISSING, CRASH], "missing", False), ([CRASH, CRASH], "crash", True)],
)
def test_the_first_failed_server_is_named_and_all_must_be_worth_another_try(
    surroundings: Surroundings, servers: Sequence[Server], first: str, retriable: bool
) -> None:
    calls = [call("good", "echo")]
    report = run(surroundings, [scripted("good"), *servers], calls)
    assert report.servers[0].status is ServerStatus.INITIALIZED
    assert report.calls == ()
    assert report.failure is not None
    assert report.failure.message.startswith(f"Server '{first}' ")
    assert ("(1 more of the message's 3 servers failed)" in report.failure.message) == (len(servers) == 2)
    assert report.failure.retriable is retriable


def test_an_optional_server_may_fail_and_calls_to_it_are_passed_over(surroundings: Surroundings) -> None:
    optional = stdio("extra", "-c", "raise SystemExit(7)", optional=True)
    calls = [call("extra", "echo"), call("good", "echo", words="still here")]
    report = run(surroundings, [optional, scripted("good")], calls)

    assert report.failure is None
    assert report.servers[0].status is ServerStatus.FAILED
    skipped, made = report.calls
    assert skipped.result is None
    assert skipped.failure is not None
    assert skipped.failure.kind is FailureClass.SPAWN
    assert "was not called: its server ended with exit code 7" in skipped.failure.message
    assert made.failure is None
    assert "still here" in json.dumps(made.result)


def test_a_message_ends_in_its_time_and_still_reports_every_server(surroundings: Surroundings) -> None:
    servers = [scripted("good"), stdio("silent", "-c", "import sys; sys.stdin.read()")]
    report = run(surroundings, servers, [call("good", "echo")], message_seconds=2)
    assert [server.status for server in report.servers] == [ServerStatus.INITIALIZED, ServerStatus.FAILED]
    assert report.calls == ()
    assert report.failure is not None
    assert report.failure.kind is FailureClass.TIMEOUT
    assert "Server 'silent' did not answer initialize within 2 s" in report.failure.message

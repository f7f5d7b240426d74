"""Tool calls: their results, their failures, and what each means for the message."""

import json

import pytest

from integration.mcp.harness import call, run, scripted
from mcp_jobs.adapters.mcp.limits import Surroundings
from mcp_jobs.adapters.mcp.results import RESULTS_BYTES
from mcp_jobs.core.failure import FailureClass
from mcp_jobs.core.report import CallReport
from mcp_jobs.core.servers import Server, Transport


def only_call(surroundings: Surroundings, tool: str, timeout_seconds: float | None = None) -> CallReport:
    """The report of one call that fails its message."""
    report = run(surroundings, [scripted("tools")], [call("tools", tool, timeout_seconds)])
    [done] = report.calls
    assert done.failure is not None
    assert report.failure == done.failure
    assert done.failure.message.startswith(f"Tool '{tool}' of server 'tools' ")
    return done


def test_an_error_result_fails_the_call_and_is_kept(surroundings: Surroundings) -> None:
    done = only_call(surroundings, "fail")
    assert done.failure is not None
    assert (done.failure.kind, done.failure.retriable) == (FailureClass.TOOL, True)
    assert done.failure.message.endswith("failed: the disk is full")
    assert (done.result or {})["isError"] is True


@pytest.mark.parametrize(
    ("tool", "kind", "retriable", "words"),
    [
        ("refuse", FailureClass.TOOL, True, "failed: JSON-RPC error -32000: no tools/call today"),
        ("wrong", FailureClass.PROTOCOL, False, "answered the call against the protocol"),
        ("die", FailureClass.SPAWN, True, "gave no answer: its server ended with exit code 3"),
        ("die", FailureClass.SPAWN, True, "its stderr ended with: no more memory"),
        ("hang_up", FailureClass.SPAWN, True, "gave no answer: its server closed its end of the connection"),
    ],
)
def test_a_call_without_a_result_says_why(
    surroundings: Surroundings, tool: str, kind: FailureClass, retriable: bool, words: str
) -> None:
    done = only_call(surroundings, tool)
    assert done.result is None
    assert done.failure is not None
    assert (done.failure.kind, done.failure.retriable) == (kind, retriable)
    assert words in done.failure.message


def test_a_call_ends_at_its_own_timeout(surroundings: Surroundings) -> None:
    done = only_call(surroundings, "hang", timeout_seconds=0.3)
    assert done.failure is not None
    assert (done.failure.kind, done.failure.retriable) == (FailureClass.TIMEOUT, True)
    assert done.failure.message.endswith("did not answer within 0.3 s")
    assert done.duration_ms < 5000


@pytest.mark.parametrize(
    ("server_timeout", "limits"),
    [(0.5, {}), (None, {"call_seconds": 0.5}), (None, {"message_seconds": 3})],
    ids=["of the server", "of the installation", "of the message"],
)
def test_a_call_without_a_timeout_has_one(
    surroundings: Surroundings, server_timeout: float | None, limits: dict[str, float]
) -> None:
    servers = [scripted("tools", timeout_seconds=server_timeout)]
    report = run(surroundings, servers, [call("tools", "hang")], **limits)
    assert report.failure is not None
    assert report.failure.kind is FailureClass.TIMEOUT
    assert report.calls[0].duration_ms < 5000


def test_a_tool_that_does_not_exist_fails_for_good_and_the_others_are_named(
    surroundings: Surroundings, everything: tuple[str, ...]
) -> None:
    server = Server(name="every", transport=Transport.STDIO, command=everything[0], args=everything[1:])
    report = run(surroundings, [server], [call("every", "ehco")])
    assert report.failure is not None
    assert (report.failure.kind, report.failure.retriable) == (FailureClass.TOOL, False)
    assert "Tool 'ehco' of server 'every' does not exist; the server has echo, " in report.failure.message


def test_a_call_to_a_server_that_is_not_in_the_message_fails_for_good(surroundings: Surroundings) -> None:
    report = run(surroundings, [scripted("tools"), scripted("off", disabled=True)], [call("tolls", "echo")])
    assert report.failure is not None
    assert "the server is not in the message" in report.failure.message
    report = run(surroundings, [scripted("tools"), scripted("off", disabled=True)], [call("off", "echo")])
    assert report.failure is not None
    assert "the server is disabled" in report.failure.message
    assert not report.failure.retriable


def test_calls_after_a_failed_one_are_neither_made_nor_reported(surroundings: Surroundings) -> None:
    calls = [call("tools", "echo"), call("tools", "fail"), call("tools", "echo")]
    report = run(surroundings, [scripted("tools")], calls)
    assert [done.tool for done in report.calls] == ["echo", "fail"]


def test_results_of_any_size_fit_into_one_outcome(surroundings: Surroundings) -> None:
    flood = call("tools", "flood", characters=200_000)
    report = run(surroundings, [scripted("tools")], [flood, flood, flood])
    assert report.failure is None
    first, second, third = [done.result or {} for done in report.calls]
    assert "truncated" not in first
    assert second["truncated"] is True
    assert second["content"][0]["truncated"] is True
    assert 50_000 < len(second["content"][0]["text"]) < 70_000
    assert third["truncated"] is True
    assert RESULTS_BYTES * 0.99 < len(json.dumps([first, second, third])) < RESULTS_BYTES * 1.01

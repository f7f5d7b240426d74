"""Servers that are processes: what is reported of them, and what their tools answer."""

import json
import subprocess
from pathlib import Path

from integration.mcp.harness import call, run, scripted, stdio
from mcp_jobs.adapters.mcp.limits import Surroundings
from mcp_jobs.core.report import ServerStatus
from mcp_jobs.core.servers import Server, Transport


def test_a_modern_server_is_described_and_its_tool_answers(surroundings: Surroundings) -> None:
    convert = call("clock", "convert_time", source_timezone="UTC", time="12:00", target_timezone="Asia/Tokyo")
    report = run(surroundings, [stdio("clock", "-m", "mcp_server_time")], [convert])

    assert report.failure is None
    [server], [answer] = report.servers, report.calls
    details = server.details or {}
    assert (server.status, server.transport, server.failure) == (ServerStatus.INITIALIZED, "stdio", None)
    assert (details["era"], details["protocolVersion"]) == ("modern", "2026-07-28")
    assert details["serverInfo"]["name"] == "mcp-time"
    assert details["tools"]["names"] == ["convert_time", "get_current_time"]
    assert details["tools"]["count"] == 2
    assert details["tools"]["hash"].startswith("sha256:")
    assert set(server.timings) == {"connectMs", "initializeMs", "listMs"}
    assert server.timings["initializeMs"] > server.timings["listMs"]
    assert answer.failure is None
    assert "21:00:00+09:00" in json.dumps(answer.result)


def test_servers_of_both_eras_start_together_and_are_called_in_order(
    surroundings: Surroundings, everything: tuple[str, ...], tmp_path: Path
) -> None:
    repository = tmp_path / "work" / "repository"
    subprocess.run(["git", "init", "--quiet", repository], check=True)
    servers = [
        stdio("git", "-m", "mcp_server_git"),
        Server(name="every", transport=Transport.STDIO, command=everything[0], args=everything[1:]),
    ]
    calls = [
        call("every", "echo", message="first"),
        call("git", "git_status", repo_path=str(repository)),
        call("every", "get-sum", a=20, b=22),
    ]
    report = run(surroundings, servers, calls)

    assert report.failure is None
    assert [(server.details or {})["era"] for server in report.servers] == ["modern", "legacy"]
    every = report.servers[1].details or {}
    assert every["protocolVersion"] == "2025-11-25"
    assert every["prompts"] >= 1
    assert every["resources"] >= 1
    assert len(every["instructions"]) > 100
    assert [(done.server, done.tool) for done in report.calls] == [
        ("every", "echo"),
        ("git", "git_status"),
        ("every", "get-sum"),
    ]
    texts = [(done.result or {})["content"][0]["text"] for done in report.calls]
    assert texts[0] == "Echo: first"
    assert "No commits yet" in texts[1]
    assert "42" in texts[2]


def test_include_and_exclude_choose_the_tools_and_so_the_hash(surroundings: Surroundings) -> None:
    servers = [
        scripted("all"),
        scripted("again"),
        scripted("some", include_tools=("echo", "fail", "hang"), exclude_tools=("hang",)),
    ]
    report = run(surroundings, servers, [call("some", "echo", words="in"), call("some", "hang")])

    every, again, some = [(server.details or {})["tools"] for server in report.servers]
    assert every == again
    assert (some["count"], some["names"]) == (2, ["echo", "fail"])
    assert some["hash"] != every["hash"]
    assert report.failure is not None
    assert "includeTools or excludeTools" in report.failure.message
    assert not report.failure.retriable


def test_what_a_server_does_not_declare_is_null(surroundings: Surroundings) -> None:
    [server] = run(surroundings, [scripted("old")]).servers
    assert server.details is not None
    assert server.details["era"] == "legacy"
    assert server.details["resources"] is None
    assert server.details["prompts"] is None
    assert server.details["instructions"] is None


def test_a_server_that_ends_at_the_era_probe_is_started_again_in_the_older_era(
    surroundings: Surroundings, tmp_path: Path
) -> None:
    count = tmp_path / "count"
    report = run(surroundings, [scripted("old", "--probe=exit", f"--count={count}")], [call("old", "echo")])
    assert report.failure is None
    assert (report.servers[0].details or {})["era"] == "legacy"
    assert count.read_text(encoding="ascii") == ".."


def test_a_server_that_lets_the_era_probe_wait_is_asked_in_the_older_era(surroundings: Surroundings) -> None:
    [server] = run(surroundings, [scripted("old", "--probe=ignore", timeout_seconds=3)]).servers
    assert (server.details or {})["era"] == "legacy"
    assert server.timings["initializeMs"] >= 1000  # a third of its timeout


def test_words_before_the_protocol_are_passed_over(surroundings: Surroundings) -> None:
    assert run(surroundings, [scripted("talker", "--greet=Listening...")]).failure is None


def test_a_list_of_tools_without_end_is_cut(surroundings: Surroundings) -> None:
    [server] = run(surroundings, [scripted("endless", "--page-for-ever")]).servers
    tools = (server.details or {})["tools"]
    assert tools["count"] > len(tools["names"])


def test_a_disabled_server_is_reported_and_not_started(surroundings: Surroundings, tmp_path: Path) -> None:
    count = tmp_path / "count"
    report = run(surroundings, [scripted("off", f"--count={count}", disabled=True)])
    assert report.failure is None
    assert report.servers[0].status is ServerStatus.DISABLED
    assert not count.exists()


def test_a_process_sees_the_environment_it_was_given_and_no_other(surroundings: Surroundings) -> None:
    (surroundings.env_file_root / "token").write_text("TOKEN='a$b'\nMODE=file\n", encoding="utf-8")
    (surroundings.work_dir / "inner").mkdir()
    server = scripted("env", env_file="token", env={"MODE": "entry"}, cwd="inner")
    [answer] = run(surroundings, [server], [call("env", "environment")]).calls

    seen = json.loads((answer.result or {})["content"][0]["text"])
    assert seen.pop("cwd") == str(surroundings.work_dir / "inner")
    seen.pop("LC_CTYPE", None)  # Python's own doing, where the locale is C
    assert seen == {**surroundings.base_env, "TOKEN": "a$b", "MODE": "entry"}

"""The command line as a person or a script uses it: what it prints, where, and its exit code."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from integration.local.ended import ended
from integration.platform.harness import SERVERS, TIME, WHAT_TIME, envelope
from mcp_jobs import __version__
from mcp_jobs.local.broker import Broker
from mcp_jobs.local.ports import free_ports

COMMAND = (sys.executable, "-m", "mcp_jobs")
UNSET = ("KAFKA_", "RUNNER_", "SERVERS_", "INIT_", "COLUMNS", "FORCE_COLOR")


def environment(**added: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(UNSET)}
    return {**kept, "COLUMNS": "100", **added}


def run(
    *arguments: object, text: str = "", seconds: float = 100, **added: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        input=text,
        capture_output=True,
        text=True,
        timeout=seconds,
        env=environment(**added),
        check=False,
    )


def outcomes(lines: str) -> dict[str, dict[str, Any]]:
    return {outcome["jobId"]: outcome for outcome in map(json.loads, lines.splitlines())}


def descendants(pid: int) -> Iterator[int]:
    """Every process that has come from this one and still has its parent."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in map(int, (task / "children").read_text(encoding="ascii").split()):
            yield child
            yield from descendants(child)


def within(seconds: float, condition: Callable[[], object]) -> bool:
    deadline = time.monotonic() + seconds
    while not (true := condition()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return bool(true)


@pytest.fixture
def busy(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """`local run` with a Kafka of its own, while a stubborn server is running."""
    mark = tmp_path / "mark"
    stubborn = {"command": TIME["command"], "args": [str(SERVERS / "stubborn.py"), str(mark)]}
    (tmp_path / "job.json").write_bytes(envelope("stubborn", stubborn))
    with subprocess.Popen(
        [*COMMAND, "local", "run", "--logs", str(tmp_path / "logs"), str(tmp_path / "job.json")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(TMPDIR=str(tmp_path)),
        start_new_session=True,
    ) as process:
        try:
            assert within(80, lambda: mark.exists() and mark.read_text(encoding="ascii"))
            yield process
        finally:
            process.kill()


def test_local_run_brings_its_own_kafka_and_prints_outcomes_as_json_lines(tmp_path: Path) -> None:
    (tmp_path / "job.env").write_text("TZ=Asia/Tokyo\n", encoding="utf-8")
    (tmp_path / "jobs.jsonl").write_bytes(
        envelope("with-env", {**TIME, "envFile": "job.env"}, WHAT_TIME) + b'\n{"jobId": "\xff"}\n'
    )
    desktop = tmp_path / "claude_desktop_config.json"
    desktop.write_text(json.dumps({"mcpServers": {"time": TIME}}), encoding="utf-8")
    done = run("local", "run", "--json", tmp_path / "jobs.jsonl", desktop, KAFKA_TOPIC="elsewhere")
    found = outcomes(done.stdout)
    [bare] = [name for name in found if name.startswith("claude_desktop_config-")]
    assert done.returncode == 1
    assert len(found) == 3
    assert found["with-env"]["calls"][0]["status"] == "succeeded"
    assert found[bare]["status"] == "succeeded"
    assert "1 dead letter in mcp-jobs.dead-letters:" in done.stderr
    assert "(from jobs.jsonl #2, " in done.stderr
    assert "3 messages: 2 succeeded, 1 failed, lag 0. 3 Jobs, in " in done.stderr
    assert max(map(len, done.stderr.splitlines())) <= 200


def test_ctrl_c_ends_all_that_was_started_and_exits_130(busy: subprocess.Popen[str], tmp_path: Path) -> None:
    started = list(descendants(busy.pid))
    assert len(started) >= 5  # guard, Kafka, forker, runner, server
    busy.send_signal(signal.SIGINT)
    out, err = busy.communicate(timeout=40)
    assert busy.returncode == 130
    assert all(ended(pid, seconds=0) for pid in started)
    assert "Traceback" not in out + err
    assert not list(tmp_path.glob("mcp-jobs-kafka-*"))


def test_kill_9_leaves_no_process_either(busy: subprocess.Popen[str]) -> None:
    started = list(descendants(busy.pid))
    busy.send_signal(signal.SIGKILL)
    assert all(ended(pid, seconds=30) for pid in started)


def test_local_run_on_a_given_kafka_uses_its_topic(kafka: Broker, topic: str, tmp_path: Path) -> None:
    given = ("--brokers", kafka.bootstrap_servers, "--topic", topic)
    text = json.dumps({"servers": {"time": {"type": "stdio", **TIME}}})
    done = run("local", "run", *given, "-", text=text)
    assert done.returncode == 0, done.stderr
    assert "1 message: 1 succeeded, 0 failed, lag 0. 1 Job, in " in done.stdout
    assert "1/1  succeeded  stdin-" in done.stdout
    assert done.stderr == ""


def test_json_goes_to_standard_output_also_when_a_terminal_shows_the_progress(
    kafka: Broker, topic: str
) -> None:
    terminal, ours = pty.openpty()
    shown = bytearray()
    with (
        ThreadPoolExecutor(1) as pool,
        subprocess.Popen(
            [*COMMAND, "local", "run", "--json", "--brokers", kafka.bootstrap_servers, "--topic", topic, "-"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=ours,
            env=environment(TERM="xterm"),
        ) as process,
    ):
        os.close(ours)
        reading = pool.submit(drain, terminal, shown)
        try:
            out, _ = process.communicate(envelope("seen", TIME), timeout=80)
        finally:
            process.kill()
        reading.result(20)
    assert outcomes(out.decode())["seen"]["status"] == "succeeded"
    assert "running \x1b" in shown.decode()
    assert "1 message: " in shown.decode()


def drain(terminal: int, into: bytearray) -> None:
    """Read what is shown until the last writer has closed the terminal."""
    with suppress(OSError):
        while data := os.read(terminal, 65536):
            into.extend(data)
    os.close(terminal)


def test_a_run_that_is_out_of_time_names_what_is_unfinished(
    kafka: Broker, topic: str, tmp_path: Path
) -> None:
    (tmp_path / "slow.json").write_bytes(envelope("slow", {"command": "sleep", "args": ["600"]}))
    given = ("--brokers", kafka.bootstrap_servers, "--topic", topic, "--timeout", "3", "--logs", tmp_path)
    done = run("local", "run", *given, tmp_path / "slow.json")
    assert done.returncode == 1
    assert "1 message had no outcome when the time was over: slow.json" in done.stdout


def test_local_up_serves_submit_until_ctrl_c(kafka: Broker, topic: str, tmp_path: Path) -> None:
    given = ("--brokers", kafka.bootstrap_servers, "--topic", topic)
    (tmp_path / "jobs.jsonl").write_bytes(envelope("good", TIME, WHAT_TIME) + b"\n{bad\n")
    with subprocess.Popen(
        [*COMMAND, "local", "up", *given],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    ) as up:
        try:
            assert up.stdout is not None
            while "Runner logs in" not in up.stdout.readline():
                assert up.poll() is None
            submit = ("submit", *given, "--no-validate", "--wait", 60)
            lines = run(*submit, tmp_path / "jobs.jsonl")
            as_json = run(*submit, "--json", "-", text=envelope("again", TIME).decode())
            up.send_signal(signal.SIGINT)
            shown, complaints = up.communicate(timeout=40)
        finally:
            up.kill()
    assert lines.returncode == 1
    assert "succeeded  good" in lines.stdout
    assert "expected JSON" in lines.stdout
    assert (as_json.returncode, as_json.stderr) == (0, "")
    assert outcomes(as_json.stdout)["again"]["status"] == "succeeded"
    assert (up.returncode, complaints) == (130, "")
    assert "succeeded  again" in shown


def test_submit_prints_the_job_ids(kafka: Broker, topic: str) -> None:
    initialized = run(
        "init", "--create-topics", "--partitions", 1, KAFKA_BROKERS=kafka.bootstrap_servers, KAFKA_TOPIC=topic
    )
    assert f"created the topic {topic} with 1 partitions" in initialized.stdout
    text = (envelope("one", TIME) + b"\n" + envelope("two", TIME)).decode()
    done = run("submit", "--topic", topic, "-", text=text, KAFKA_BROKERS=kafka.bootstrap_servers)
    assert (done.returncode, done.stdout.split(), done.stderr) == (0, ["one", "two"], "")


def test_submit_that_waits_in_vain_says_for_which_message(kafka: Broker, topic: str) -> None:
    run("init", "--create-topics", KAFKA_BROKERS=kafka.bootstrap_servers, KAFKA_TOPIC=topic)
    given = ("--brokers", kafka.bootstrap_servers, "--topic", topic)
    done = run("submit", *given, "--wait", "0.5", "-", text=envelope("nobody-there", TIME).decode())
    assert done.returncode == 1
    assert done.stdout.strip() == "no outcome within 0.5 s for 1 message: nobody-there"


NO_BROKER = f"127.0.0.1:{free_ports(1)[0]}"


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("submit", "-"), 2, "which Kafka? Name it with --brokers HOST:PORT or KAFKA_BROKERS"),
        (("submit", "--brokers", NO_BROKER, "no-such-file"), 2, "can't read no-such-file: No such file or"),
        (("submit", "--brokers", NO_BROKER, "-"), 2, "- holds no message"),
        (("local", "run", "no-such-file"), 2, "can't read no-such-file: No such file or directory"),
        (("local", "run", "--brokers", NO_BROKER, __file__), 1, "no Kafka broker answers at"),
        (("init",), 2, "KAFKA_BROKERS is not set"),
    ],
)
def test_an_error_is_one_sentence(arguments: Sequence[str], code: int, sentence: str) -> None:
    done = run(*arguments, KAFKA_REQUEST_TIMEOUT_SECONDS="1")
    assert done.returncode == code
    [line] = done.stderr.splitlines()
    assert line.startswith(f"mcp-jobs: {sentence}")


def test_init_waits_for_kafka_no_longer_than_it_is_told() -> None:
    done = run("init", KAFKA_BROKERS=NO_BROKER, INIT_WAIT_SECONDS="0.5", seconds=40)
    assert done.returncode == 1
    assert "no Kafka broker answers at" in done.stderr


def test_messages_that_would_be_refused_are_named_before_any_is_sent() -> None:
    text = envelope("good", TIME).decode() + '\n{"jobId": "bad"}\n{"jobId": "1", "payload": "{"}'
    done = run("submit", "--brokers", NO_BROKER, "-", text=text)
    assert done.returncode == 2
    assert done.stderr.startswith("mcp-jobs: nothing was sent, as 2 messages would be refused: stdin #2: ")
    assert "; stdin #3: payload: expected JSON" in done.stderr


def test_the_version_is_shown() -> None:
    assert run("--version").stdout == f"mcp-jobs {__version__}\n"


def test_help_shows_every_command_and_a_commands_variables() -> None:
    commands = run("--help").stdout
    assert all(f" {name} " in commands for name in ("init", "submit", "local", "runner"))
    assert "KAFKA_BROKERS" in run("runner", "--help").stdout
    assert "INIT_WAIT_SECONDS" in run("init", "--help").stdout


def test_an_unknown_option_is_a_usage_error() -> None:
    done = run("local", "run", "--nonsense", "x")
    assert done.returncode == 2
    assert "No such option" in done.stderr

"""Runners are processes of their own, and never outlive what has started them."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import mcp_jobs
from integration.local.ended import ended
from mcp_jobs.core.errors import LocalPlatformError
from mcp_jobs.core.exits import Exit
from mcp_jobs.local.job import Pod
from mcp_jobs.local.runners import Runner, Runners, words_of

POD = Pod(job_name="job-1", job_uid="uid-1", name="job-1-1", claimed_port=0)
HOLDER = """
import os, sys
from pathlib import Path
from mcp_jobs.local.job import Pod
from mcp_jobs.local.runners import Runners
runners = Runners(os.environ, Path(sys.argv[1]), stop_seconds=0.2)
runner = runners.launch(Pod("job-1", "uid-1", "job-1-1", 0))
while runner.pid is None:
    pass
print(runner.pid, runners.forker_pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def silence() -> Iterator[str]:
    """The address of a Kafka that accepts connections and never answers: a runner hangs there."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def runners(tmp_path: Path, silence: str) -> Iterator[Runners]:
    made = Runners(environment(silence), tmp_path, stop_seconds=0.2)
    yield made
    made.close()


def environment(brokers: str) -> dict[str, str]:
    path = str(Path(mcp_jobs.__file__).parents[1])
    return {
        **os.environ,
        "PYTHONPATH": path,
        "KAFKA_BROKERS": brokers,
        "KAFKA_REQUEST_TIMEOUT_SECONDS": "300",
    }


def within(seconds: float, condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not (true := condition()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return true


def pid_of(runner: Runner) -> int:
    assert within(30, lambda: runner.pid is not None)
    return runner.pid or 0


def test_the_exit_code_and_the_log_are_the_runners(runners: Runners) -> None:
    runners.settings = {"KAFKA_BROKERS": "", "KAFKA_TOPIC": "t"}
    runner = runners.launch(POD)
    assert within(30, lambda: runner.exit_code is not None)
    assert runner.exit_code == Exit.USAGE
    assert words_of(runners.log_of(POD.job_name)) == "KAFKA_BROKERS is not set"


def test_a_runner_is_the_leader_of_a_session_of_its_own(runners: Runners) -> None:
    pid = pid_of(runners.launch(POD))
    assert within(20, lambda: os.getsid(pid) == pid)


def test_a_runner_that_is_killed_tells_by_which_signal(runners: Runners) -> None:
    runner = runners.launch(POD)
    os.kill(pid_of(runner), signal.SIGKILL)
    assert within(20, lambda: runner.exit_code is not None)
    assert runner.exit_code == 128 + signal.SIGKILL


def test_stop_ends_one_runner_and_no_other(runners: Runners) -> None:
    first, second = runners.launch(POD), runners.launch(POD)
    pid_of(first)
    assert first.stop(0.1) in (128 + signal.SIGTERM, 128 + signal.SIGKILL)
    assert second.exit_code is None


def test_close_ends_every_runner(tmp_path: Path, silence: str) -> None:
    runners = Runners(environment(silence), tmp_path, stop_seconds=0.2)
    pids = [pid_of(runners.launch(POD)) for _ in range(3)]
    runners.close()
    assert all(ended(pid, seconds=0) for pid in pids)


def test_runners_end_with_a_platform_that_is_killed(tmp_path: Path, silence: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment(silence),
    ) as parent:
        assert parent.stdout is not None
        pids = list(map(int, parent.stdout.readline().split()))
        assert not any(ended(pid, seconds=0) for pid in pids)
        parent.send_signal(signal.SIGKILL)
        assert all(ended(pid, seconds=20) for pid in pids)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a child to its own parent")
def test_runners_end_with_the_process_that_starts_them_and_it_is_told(runners: Runners) -> None:
    runner = runners.launch(POD)
    pid = pid_of(runner)
    os.kill(runners.forker_pid, signal.SIGKILL)
    assert ended(pid, seconds=20)
    with pytest.raises(LocalPlatformError, match="the process that starts the runners has ended"):
        within(20, lambda: runner.exit_code is not None)
    with pytest.raises(LocalPlatformError, match="the process that starts the runners has ended"):
        runners.launch(POD)


def test_the_users_directory_cant_pass_for_our_modules(
    tmp_path: Path, silence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "kafka.py").write_text("raise SystemExit('shadowed')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    runners = Runners(environment(silence), tmp_path, stop_seconds=0.2)
    try:
        assert pid_of(runners.launch(POD))
    finally:
        runners.close()


def test_the_words_of_a_log_are_its_last_complaint(tmp_path: Path) -> None:
    (tmp_path / "log").write_text('{"level": "ERROR", "message": "it broke"}\nbye\n', encoding="utf-8")
    assert words_of(tmp_path / "log") == "it broke"


def test_a_log_that_isnt_there_has_no_words_of(tmp_path: Path) -> None:
    assert words_of(tmp_path / "log") == ""

"""A guarded child process ends when it's told to, and whenever its parent ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from integration.local.ended import ended
from mcp_jobs.local.process import Process

STUBBORN = """
import signal, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open(sys.argv[1], "w").write("now")
signal.pause()
signal.pause()
"""
HOLDER = """
import sys
from pathlib import Path
from mcp_jobs.local.process import Process
process = Process(["sleep", "600"], log=Path(sys.argv[1]), scratch=Path(sys.argv[2]))
guard = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()[1]
print(process.pid, guard, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "child.log"


def python(code: str) -> Sequence[str]:
    return [sys.executable, "-c", code]


def test_the_exit_code_and_the_output_are_the_childs(log: Path) -> None:
    process = Process(python("print('said'); raise SystemExit(7)"), log=log)
    assert process.wait(20) == 7
    assert not process.running
    assert log.read_text() == "said\n"


def test_the_child_has_its_own_session_and_no_input(log: Path) -> None:
    process = Process(python("import os, sys; print(os.getsid(0), sys.stdin.read() == '')"), log=log)
    process.wait(20)
    assert log.read_text() == f"{process.pid} True\n"


def test_the_child_gets_the_environment_it_was_given(log: Path) -> None:
    process = Process(["/usr/bin/env"], log=log, environment={"ONLY": "this"})
    process.wait(20)
    names = {line.partition("=")[0] for line in log.read_text().splitlines()}
    assert names - {"LC_CTYPE"} == {"ONLY"}  # Python adds it where no locale is set


def test_waiting_has_a_deadline(log: Path) -> None:
    process = Process(["sleep", "600"], log=log)
    with pytest.raises(TimeoutError, match=r"still runs after 0.01 s"):
        process.wait(0.01)
    assert process.stop(20) == 128 + signal.SIGTERM


def test_a_child_that_ignores_sigterm_is_killed(log: Path, tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    os.mkfifo(ready)
    process = Process([*python(STUBBORN), str(ready)], log=log)
    assert ready.read_text() == "now"
    assert process.stop(0.2) == 128 + signal.SIGKILL


def test_what_the_child_left_in_its_group_ends_with_it(log: Path) -> None:
    process = Process(["sh", "-c", "sleep 600 & echo $!"], log=log)
    assert process.wait(20) == 0
    assert ended(int(log.read_text()), seconds=20)


def test_a_command_that_isnt_there_is_told_in_the_log(log: Path) -> None:
    process = Process(["no-such-command"], log=log)
    assert process.wait(20) == 127
    assert "no-such-command: " in log.read_text()


def test_stopping_or_killing_twice_does_no_harm(log: Path) -> None:
    process = Process(["sleep", "600"], log=log)
    assert process.kill() == 128 + signal.SIGKILL
    assert process.kill() == process.stop(1) == 128 + signal.SIGKILL


def test_child_guard_and_scratch_directory_end_with_a_parent_that_is_killed(
    log: Path, tmp_path: Path
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    holder = [*python(HOLDER), str(log), str(scratch)]
    with subprocess.Popen(holder, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child, guard = map(int, parent.stdout.readline().split())
        assert not ended(child, seconds=0)
        parent.send_signal(signal.SIGKILL)
        assert ended(child, seconds=20)
        assert ended(guard, seconds=20)
    assert not scratch.exists()


def test_a_scratch_directory_is_left_to_a_parent_that_lives(log: Path, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    assert Process(["sleep", "600"], log=log, scratch=scratch).stop(20) == 128 + signal.SIGTERM
    assert scratch.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a child to its own parent")
def test_the_child_ends_with_a_guard_that_is_killed(log: Path) -> None:
    process = Process(["sleep", "600"], log=log)
    guard = int(Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    os.kill(guard, signal.SIGKILL)
    assert ended(process.pid, seconds=20)
    assert process.wait(20) == 128 + signal.SIGKILL
